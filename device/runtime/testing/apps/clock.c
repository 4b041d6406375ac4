// Logs the wall time in seconds, twice a second, once it is known.
#include "wasmbed.h"

int main(void) {
    for (;;) {
        const int64_t wall_ms = wasmbed_timer_wall_ms();
        char text[] = "wall 0000000000";
        int64_t seconds = wall_ms / 1000;
        for (unsigned at = 14; at >= 5; --at, seconds /= 10) text[at] = (char)('0' + seconds % 10);
        if (wall_ms > 0) wasmbed_log(text);
        wasmbed_timer_sleep_ms(500);
    }
}
