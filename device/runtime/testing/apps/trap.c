// Reads behind the end of its memory.
int main(void) {
    return *(volatile int*)0x7ffffff0;
}
