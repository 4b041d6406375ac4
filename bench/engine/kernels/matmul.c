// 32-bit multiply-add over two-dimensional arrays.
#define N 16
static int a[N][N], b[N][N], c[N][N];
unsigned run(unsigned seed) {
    for (int i = 0; i < N; i++)
        for (int k = 0; k < N; k++) {
            a[i][k] = (int)(seed + (unsigned)(i * 3 + k));
            b[i][k] = i ^ k;
        }
    for (int i = 0; i < N; i++)
        for (int k = 0; k < N; k++) {
            int sum = 0;
            for (int m = 0; m < N; m++) sum += a[i][m] * b[m][k];
            c[i][k] = sum;
        }
    unsigned hash = 0;
    for (int i = 0; i < N; i++)
        for (int k = 0; k < N; k++) hash = hash * 31 + (unsigned)c[i][k];
    return hash;
}
