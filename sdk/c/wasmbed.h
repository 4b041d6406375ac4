// What a Wasmbed app written in C or C++ may call. Build with `wasmbed app build app.c -o app.wasm`, or with
//   clang --target=wasm32 -Oz -nostdlib -I sdk/c app.c sdk/c/crt.c -o app.wasm
// An app needs only `int main(void)`; its result is the exit code. Buffers are (pointer, length). Results are negative
// on failure.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    WASMBED_LOG_ERROR = 0,
    WASMBED_LOG_WARN = 1,
    WASMBED_LOG_INFO = 2,
    WASMBED_LOG_DEBUG = 3,
};

enum {
    WASMBED_ERROR_INVALID = -1,        // an argument is out of range
    WASMBED_ERROR_NOT_PERMITTED = -2,  // the manifest does not permit this LED, this key, ...
    WASMBED_ERROR_NOT_FOUND = -3,      // no such LED, no such key
    WASMBED_ERROR_NO_SPACE = -4,       // the app's storage limit, or the device's store, is full
    WASMBED_ERROR_FAULT = -5,          // a buffer lies outside of the app's memory
    WASMBED_ERROR_UNAVAILABLE = -6,    // not yet known (wall time), or the hardware failed
};

#define WASMBED_IMPORT(module, name) __attribute__((import_module(module), import_name(name)))

// clang-format off
// Host functions, as in core/hostapi/host_functions.inc.

/// Writes one line to the device's log. level: WASMBED_LOG_*. The text is UTF-8, cut after 512 bytes. Returns 0.
WASMBED_IMPORT("wasmbed_device", "log")
int32_t wasmbed_device_log(uint32_t level, const char *text, uint32_t length);

/// Switches LED number `led` on (not 0) or off (0). Needs led:<n>. Returns 0.
WASMBED_IMPORT("wasmbed_device", "led_set")
int32_t wasmbed_device_led_set(uint32_t led, uint32_t on);

/// State of LED number `led`: 1 or 0. Needs led:<n>.
WASMBED_IMPORT("wasmbed_device", "led_get")
int32_t wasmbed_device_led_get(uint32_t led);

/// Suspends the app for at least `ms` milliseconds; other apps and the link go on. Returns 0.
WASMBED_IMPORT("wasmbed_timer", "sleep_ms")
int32_t wasmbed_timer_sleep_ms(uint32_t ms);

/// Milliseconds since the device started; never goes back.
WASMBED_IMPORT("wasmbed_timer", "monotonic_ms")
int64_t wasmbed_timer_monotonic_ms(void);

/// Unix time in milliseconds as the gateway told it, or WASMBED_ERROR_UNAVAILABLE before it did.
WASMBED_IMPORT("wasmbed_timer", "wall_ms")
int64_t wasmbed_timer_wall_ms(void);

/// Fills `buffer` with cryptographically secure random bytes. Returns 0.
WASMBED_IMPORT("wasmbed_security", "random")
int32_t wasmbed_security_random(void *buffer, uint32_t length);

/// Reads the value of `key` into `buffer`. Returns the value's length; when that is more than `capacity`, only `capacity` bytes were copied. Needs storage:<prefix>*.
WASMBED_IMPORT("wasmbed_storage", "get")
int32_t wasmbed_storage_get(const void *key, uint32_t key_length, void *buffer, uint32_t capacity);

/// Stores `value` under `key` (1 to 64 bytes of UTF-8), so that after a power cut the old or the new value is there, never a mix. An app has at most 12 keys. Needs storage:<prefix>*. Returns 0.
WASMBED_IMPORT("wasmbed_storage", "set")
int32_t wasmbed_storage_set(const void *key, uint32_t key_length, const void *value, uint32_t length);

/// Removes `key`. Needs storage:<prefix>*. Returns 0.
WASMBED_IMPORT("wasmbed_storage", "delete")
int32_t wasmbed_storage_delete(const void *key, uint32_t key_length);

/// Measures now: writes what the sensor `name` of the device tree says, in thousandths of its unit (degrees Celsius for `temperature`). WASMBED_ERROR_NOT_FOUND: the board has no such sensor; WASMBED_ERROR_UNAVAILABLE: it does not answer. Needs sensor:<name>. Returns 0.
WASMBED_IMPORT("wasmbed_sensors", "read")
int32_t wasmbed_sensors_read(const char *name, uint32_t length, int32_t *milli);

/// Level at pin number `pin`: 1 or 0. Needs gpio:<pin>:in.
WASMBED_IMPORT("wasmbed_gpio", "read")
int32_t wasmbed_gpio_read(uint32_t pin);

/// Makes pin number `pin` an output, driven high (not 0) or low (0). Needs gpio:<pin>:out. Returns 0.
WASMBED_IMPORT("wasmbed_gpio", "write")
int32_t wasmbed_gpio_write(uint32_t pin, uint32_t high);

/// Writes `out` to the device at the 7-bit `address` of I2C bus number `bus`, then reads `in`; either length may be 0, both together at most 64. WASMBED_ERROR_NOT_FOUND: no such bus, or nothing answers at the address. Needs i2c:<bus>:<address>. Returns 0.
WASMBED_IMPORT("wasmbed_i2c_spi", "i2c_transfer")
int32_t wasmbed_i2c_spi_i2c_transfer(uint32_t bus, uint32_t address, const void *out, uint32_t out_length, void *in, uint32_t in_length);

/// Selects device number `select` of SPI bus number `bus`, sends `data` and replaces it by what came back, at most 64 bytes. WASMBED_ERROR_NOT_FOUND: no such bus or select line. Needs spi:<bus>:<select>. Returns 0.
WASMBED_IMPORT("wasmbed_i2c_spi", "spi_transfer")
int32_t wasmbed_i2c_spi_spi_transfer(uint32_t bus, uint32_t select, void *data, uint32_t length);

// End of host functions.
// clang-format on

/// Logs a string literal or another array that ends in a zero byte.
static inline void wasmbed_log(const char* text) {
    uint32_t length = 0;
    while (text[length] != '\0') ++length;
    wasmbed_device_log(WASMBED_LOG_INFO, text, length);
}

#ifdef __cplusplus
}
#endif
