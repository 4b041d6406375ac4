// Counts its starts in its storage, logs the count, and exits with it.
#include "wasmbed.h"

int main(void) {
    uint8_t starts = 0;
    const int32_t size = wasmbed_storage_get("starts", 6, &starts, 1);
    if (size < 0 && size != WASMBED_ERROR_NOT_FOUND) return 100;
    ++starts;
    if (wasmbed_storage_set("starts", 6, &starts, 1) < 0) return 101;
    char text[] = "start 0";
    text[6] = (char)('0' + starts % 10);
    wasmbed_log(text);
    if (wasmbed_storage_set("other", 5, &starts, 1) != WASMBED_ERROR_NOT_PERMITTED) return 102;
    return starts;
}
