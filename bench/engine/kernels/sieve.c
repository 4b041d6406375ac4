// Flags in bytes, inner loops of a few instructions.
static unsigned char composite[4096];
unsigned run(unsigned seed) {
    unsigned count = 0;
    for (unsigned i = 0; i < sizeof composite; i++) composite[i] = 0;
    for (unsigned i = 2; i < sizeof composite; i++) {
        if (composite[i]) continue;
        count++;
        for (unsigned k = i + i; k < sizeof composite; k += i) composite[k] = 1;
    }
    return count + seed;
}
