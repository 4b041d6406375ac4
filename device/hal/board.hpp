// Everything a board has, as the runtime takes it.
#pragma once

#include <span>

#include "device/hal/clock.hpp"
#include "device/hal/console.hpp"
#include "device/hal/device_info.hpp"
#include "device/hal/entropy.hpp"
#include "device/hal/factory_partition.hpp"
#include "device/hal/gpio_bank.hpp"
#include "device/hal/i2c_bus.hpp"
#include "device/hal/idle.hpp"
#include "device/hal/led_bank.hpp"
#include "device/hal/network.hpp"
#include "device/hal/reset.hpp"
#include "device/hal/sensor.hpp"
#include "device/hal/spi_bus.hpp"
#include "device/hal/store.hpp"
#include "device/hal/stream.hpp"
#include "device/hal/watchdog.hpp"

namespace wasmbed::hal {

/// Borrowed parts; the board's composition owns them and outlives the runtime. Null: the board lacks it.
struct Board {
    Console& console;
    Clock& clock;
    Idle& idle;
    Reset& reset;
    DeviceInfo& info;
    FactoryPartition& factory;
    Store& store;         ///< for the key-value store, all of it
    Store* seed_store;    ///< two erase blocks of their own for the persisted random seed; null: none is kept
    Entropy* entropy;     ///< null: no link, nothing random
    Network* network;     ///< null where the stream needs no polling (serial line)
    Stream* link_stream;  ///< the connection to the gateway
    LedBank* leds;
    Watchdog* watchdog;
    std::span<Sensor* const> sensors = {};    ///< those the device tree lists, whether or not they answer
    std::span<I2cBus* const> i2c_buses = {};  ///< those that apps may be permitted to use, by number
    GpioBank* gpio = nullptr;
    std::span<SpiBus* const> spi_buses = {};  ///< likewise
    Store* swap_store = nullptr;              ///< where memory is put aside until the next reset; null: nowhere
};

}  // namespace wasmbed::hal
