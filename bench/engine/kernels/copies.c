// memory.copy and memory.fill of various lengths (-mbulk-memory), memcpy natively.
static unsigned char a[2048], b[2048];
unsigned run(unsigned seed) {
    for (unsigned i = 0; i < sizeof a; i++) a[i] = (unsigned char)(i * 7 + seed);
    for (unsigned i = 0; i < 200; i++) {
        unsigned n = (i * 37) & 511;
        __builtin_memcpy(b + (i & 255), a + n, n + 1);
        __builtin_memset(b + 1024 + (i & 127), (int)i, n);
    }
    unsigned hash = 0;
    for (unsigned i = 0; i < sizeof b; i++) hash = hash * 31 + b[i];
    return hash;
}
