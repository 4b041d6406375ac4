// Switches LED 1 as often as it can.
#include "wasmbed.h"

int main(void) {
    for (uint32_t on = 0;; on = !on) wasmbed_device_led_set(1, on);
}
