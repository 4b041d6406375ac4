// Products of 512-bit numbers by words: 32 times 32 to 64 bits, carries.
enum { kWords = 16 };
static unsigned a[kWords], b[kWords], product[2 * kWords];

static void multiply(void) {
    for (int i = 0; i < 2 * kWords; i++) product[i] = 0;
    for (int i = 0; i < kWords; i++) {
        unsigned long long carry = 0;
        for (int j = 0; j < kWords; j++) {
            carry += (unsigned long long)a[i] * b[j] + product[i + j];
            product[i + j] = (unsigned)carry;
            carry >>= 32;
        }
        product[i + kWords] = (unsigned)carry;
    }
}

unsigned run(unsigned seed) {
    for (int i = 0; i < kWords; i++) {
        a[i] = i * 0x9e3779b9u + seed;
        b[i] = ~a[i] * 7;
    }
    for (int round = 0; round < 6; round++) {
        multiply();
        for (int i = 0; i < kWords; i++) {
            a[i] ^= product[i];
            b[i] += product[i + kWords];
        }
    }
    unsigned hash = 0;
    for (int i = 0; i < kWords; i++) hash = hash * 31 + a[i] + b[i];
    return hash;
}
