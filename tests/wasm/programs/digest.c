// Beside a kernel of bench/engine/kernels: what it gives for some arguments, in one number.
unsigned run(unsigned argument);

__attribute__((export_name("digest"))) unsigned long long digest(void) {
    unsigned long long sum = 0;
    for (unsigned i = 0; i < 3; i++) sum = sum * 1000003 + run(i);
    return sum;
}
