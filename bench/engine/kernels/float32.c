// Single precision: a low-pass filter over a sawtooth, and the energy of what is left.
static float taps[16], samples[128];
unsigned run(unsigned seed) {
    for (int i = 0; i < 16; i++) taps[i] = (float)(i < 8 ? i + 1 : 16 - i) * 0.0138888f;
    for (int i = 0; i < 128; i++) samples[i] = (float)((seed + (unsigned)i * 37u) & 255u) - 127.5f;
    float energy = 0;
    for (int i = 0; i + 16 <= 128; i++) {
        float sum = 0;
        for (int k = 0; k < 16; k++) sum += taps[k] * samples[i + k];
        if (sum < 0) sum = -sum;
        energy = energy * 0.9f + sum;
    }
    return (unsigned)energy;
}
