// Logs the sensor `temperature` whenever it has changed, and once per second looks again. Needs the permission
// sensor:temperature.
#include "wasmbed.h"

enum { kPeriodMs = 1000 };

static char line[40];
static uint32_t length;

static void put(char c) {
    line[length++] = c;
}

static void put_text(const char* text) {
    while (*text != '\0') put(*text++);
}

static void put_decimal(uint32_t value, uint32_t digits_min) {
    char digits[10];
    uint32_t count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0 || count < digits_min);
    while (count > 0) put(digits[--count]);
}

/// "temperature 36.500 C" from thousandths of a degree Celsius.
static void log_temperature(int32_t milli) {
    const uint32_t size = milli < 0 ? -(uint32_t)milli : (uint32_t)milli;
    length = 0;
    put_text("temperature ");
    if (milli < 0) put('-');
    put_decimal(size / 1000, 1);
    put('.');
    put_decimal(size % 1000, 3);
    put_text(" C");
    wasmbed_device_log(WASMBED_LOG_INFO, line, length);
}

int main(void) {
    static const char name[] = "temperature";
    int32_t last = INT32_MIN;
    for (;;) {
        int32_t milli = 0;
        const int32_t error = wasmbed_sensors_read(name, sizeof name - 1, &milli);
        if (error < 0) {
            wasmbed_log("the sensor cannot be read");
            return -error;
        }
        if (milli != last) log_temperature(milli);
        last = milli;
        wasmbed_timer_sleep_ms(kPeriodMs);
    }
}
