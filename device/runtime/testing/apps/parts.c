// Uses each part of the test board, permitted and not; exits with the number of the first answer that is not as
// expected.
#include "wasmbed.h"

#define EXPECT(number, call, result)           \
    do {                                       \
        if ((call) != (result)) return number; \
    } while (0)

static int32_t read_sensor(const char* name, uint32_t length, int32_t* milli) {
    return wasmbed_sensors_read(name, length, milli);
}

int main(void) {
    int32_t milli = 0;
    EXPECT(1, read_sensor("temperature", 11, &milli), 0);
    EXPECT(2, milli, -12250);
    EXPECT(3, read_sensor("temp-broken", 11, &milli), WASMBED_ERROR_UNAVAILABLE);
    EXPECT(4, read_sensor("temp-none", 9, &milli), WASMBED_ERROR_NOT_FOUND);
    EXPECT(5, read_sensor("humidity", 8, &milli), WASMBED_ERROR_NOT_PERMITTED);
    EXPECT(6, read_sensor("temperature", 11, (int32_t*)0xfffffffc), WASMBED_ERROR_FAULT);

    EXPECT(10, wasmbed_gpio_write(1, 1), 0);
    EXPECT(11, wasmbed_gpio_read(0), 1);  // the test board wires pin 1 to pin 0
    EXPECT(12, wasmbed_gpio_write(0, 1), WASMBED_ERROR_NOT_PERMITTED);
    EXPECT(13, wasmbed_gpio_read(7), WASMBED_ERROR_NOT_FOUND);

    const uint8_t out[] = {1, 2, 3};
    uint8_t in[3] = {0};
    EXPECT(20, wasmbed_i2c_spi_i2c_transfer(0, 0x48, out, 3, in, 3), 0);
    EXPECT(21, in[0] + in[1] * 10 + in[2] * 100, 321);  // it gives back what it got
    EXPECT(22, wasmbed_i2c_spi_i2c_transfer(0, 0x49, out, 1, in, 0), WASMBED_ERROR_NOT_FOUND);
    EXPECT(23, wasmbed_i2c_spi_i2c_transfer(0, 0x50, out, 1, in, 0), WASMBED_ERROR_NOT_PERMITTED);
    EXPECT(24, wasmbed_i2c_spi_i2c_transfer(1, 0x48, out, 1, in, 0), WASMBED_ERROR_NOT_FOUND);
    EXPECT(25, wasmbed_i2c_spi_i2c_transfer(0, 0x48, out, 65, in, 0), WASMBED_ERROR_INVALID);

    uint8_t data[] = {1, 2, 3};
    EXPECT(30, wasmbed_i2c_spi_spi_transfer(0, 0, data, 3), 0);
    EXPECT(31, data[0] + data[1] * 10 + data[2] * 100, 432);  // it answers with one more than it got
    EXPECT(32, wasmbed_i2c_spi_spi_transfer(0, 1, data, 1), WASMBED_ERROR_NOT_PERMITTED);
    EXPECT(33, wasmbed_i2c_spi_spi_transfer(1, 0, data, 1), WASMBED_ERROR_NOT_FOUND);
    EXPECT(34, wasmbed_i2c_spi_spi_transfer(0, 0, data, 65), WASMBED_ERROR_INVALID);
    EXPECT(35, wasmbed_i2c_spi_spi_transfer(0, 0, (void*)0xfffffffc, 8), WASMBED_ERROR_FAULT);
    wasmbed_log("all parts as expected");
    return 0;
}
