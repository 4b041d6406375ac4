// Switches LED 0 as fast as it can, 2001 times, then sleeps for ever.
#include "wasmbed.h"

int main(void) {
    for (uint32_t count = 0; count < 2001; ++count) wasmbed_device_led_set(0, count % 2 == 0);
    for (;;) wasmbed_timer_sleep_ms(3600000);
}
