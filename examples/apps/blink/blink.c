// Blinks LED 0 once per second and counts in the log. Needs the permission led:0.
#include "wasmbed.h"

enum { kLed = 0, kHalfPeriodMs = 500 };

/// Logs "blink <count>".
static void log_count(uint32_t count) {
    char line[] = "blink 0000000000";
    char digits[10];
    uint32_t digit_count = 0;
    do {
        digits[digit_count++] = (char)('0' + count % 10);
        count /= 10;
    } while (count > 0);
    uint32_t length = 6;
    while (digit_count > 0) line[length++] = digits[--digit_count];
    wasmbed_device_log(WASMBED_LOG_INFO, line, length);
}

int main(void) {
    for (uint32_t count = 1;; ++count) {
        if (wasmbed_device_led_set(kLed, 1) < 0) return 1;
        wasmbed_timer_sleep_ms(kHalfPeriodMs);
        if (wasmbed_device_led_set(kLed, 0) < 0) return 1;
        log_count(count);
        wasmbed_timer_sleep_ms(kHalfPeriodMs);
    }
}
