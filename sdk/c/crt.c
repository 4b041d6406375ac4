// Start code for apps without a C library: the runtime calls `_start`, the result of main is the exit code.
#include <stdint.h>

__attribute__((import_module("wasi_snapshot_preview1"), import_name("proc_exit"), noreturn)) void wasmbed_exit(
    uint32_t code);

// clang names `int main(void)` so on WebAssembly.
int wasmbed_main(void) __asm__("__main_void");

__attribute__((export_name("_start"))) void _start(void) {
    wasmbed_exit((uint32_t)wasmbed_main());
}
