// A small stack machine run through a table of function pointers.
static unsigned stack[16], top;
static void push(unsigned n) {
    stack[top++ & 15] = n;
}
static unsigned pop(void) {
    return stack[--top & 15];
}
static void add(unsigned n) {
    push(pop() + pop() + n);
}
static void mul(unsigned n) {
    push(pop() * (pop() | n));
}
static void dup(unsigned n) {
    unsigned x = pop();
    push(x);
    push(x ^ n);
}
static void (*const operations[4])(unsigned) = {push, add, mul, dup};
unsigned run(unsigned seed) {
    top = 4;
    for (unsigned i = 0; i < 16; i++) stack[i] = i;
    for (unsigned i = 0; i < 2000; i++) {
        seed = seed * 1664525u + 1013904223u;
        operations[seed >> 30](i);
    }
    return pop() ^ top;
}
