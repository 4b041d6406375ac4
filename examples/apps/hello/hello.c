// The smallest app: one log line, then it is done.
#include "wasmbed.h"

int main(void) {
    wasmbed_log("hello from a Wasmbed app");
    return 0;
}
