// Writes its storage full, again and again.
#include "wasmbed.h"

int main(void) {
    static char value[900];
    for (unsigned count = 0;; ++count) {
        const char key = (char)('a' + count % 12);
        value[0] = (char)count;
        wasmbed_storage_set(&key, 1, value, sizeof value);
    }
}
