// SipHash-2-4 over 128 bytes: additions, exclusive ors and rotations of 64 bits.
typedef unsigned long long u64;
static u64 v0, v1, v2, v3;

static u64 rotl(u64 x, int n) {
    return x << n | x >> (64 - n);
}

static void sip_round(void) {
    v0 += v1, v1 = rotl(v1, 13) ^ v0, v0 = rotl(v0, 32);
    v2 += v3, v3 = rotl(v3, 16) ^ v2;
    v0 += v3, v3 = rotl(v3, 21) ^ v0;
    v2 += v1, v1 = rotl(v1, 17) ^ v2, v2 = rotl(v2, 32);
}

unsigned run(unsigned seed) {
    v0 = 0x736f6d6570736575ull, v1 = 0x646f72616e646f6dull;
    v2 = 0x6c7967656e657261ull, v3 = 0x7465646279746573ull;
    for (int pass = 0; pass < 4; pass++) {
        for (int i = 0; i < 16; i++) {
            const u64 word = i * 0x0123456789abcdefull + seed;
            v3 ^= word;
            sip_round();
            sip_round();
            v0 ^= word;
        }
    }
    const u64 hash = v0 ^ v1 ^ v2 ^ v3;
    return (unsigned)(hash ^ hash >> 32);
}
