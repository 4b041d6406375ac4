// Imports what no device offers.
__attribute__((import_module("wasmbed_device"), import_name("fly"))) int fly(void);
int main(void) {
    return fly();
}
