// Recursive calls.
static unsigned fib(unsigned n) {
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}
unsigned run(unsigned seed) {
    return fib(16 + (seed & 1));
}
