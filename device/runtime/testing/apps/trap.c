// Reads behind the end of its memory, two calls below main.
__attribute__((noinline)) static int outside(volatile int* at) {
    return *at + 1;
}

__attribute__((noinline)) static int middle(int shift) {
    return outside((volatile int*)(0x7ffffff0 - shift)) + 1;
}

int main(void) {
    return middle(16) + 1;
}
