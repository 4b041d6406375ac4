// Stores new keys until it may not, exits with their number; exits with 100 and more when the limit is not as it
// should.
#include "wasmbed.h"

int main(void) {
    char key[] = "a";
    int32_t result = 0;
    while (key[0] <= 'z' && (result = wasmbed_storage_set(key, 1, "1", 1)) == 0) ++key[0];
    if (result != WASMBED_ERROR_NO_SPACE) return 100;
    if (wasmbed_storage_set("a", 1, "2", 1) != 0) return 101;
    const int keys = key[0] - 'a';
    if (wasmbed_storage_delete("a", 1) != 0) return 102;
    if (wasmbed_storage_set(key, 1, "1", 1) != 0) return 103;
    return keys;
}
