// 64-bit arithmetic: xorshift and a multiply with carries.
unsigned run(unsigned seed) {
    unsigned long long x = 88172645463325252ull + seed, sum = 0;
    for (int i = 0; i < 1000; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        sum += x * 6364136223846793005ull + (x >> 32);
        if (sum < x) sum++;
    }
    return (unsigned)(sum ^ sum >> 32);
}
