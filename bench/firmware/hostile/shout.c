// Logs the longest line as often as it can.
#include "wasmbed.h"

int main(void) {
    char line[512];
    for (unsigned i = 0; i < sizeof line; ++i) line[i] = (char)('a' + i % 26);
    for (;;) wasmbed_device_log(WASMBED_LOG_ERROR, line, sizeof line);
}
