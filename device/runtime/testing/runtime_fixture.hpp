// The whole runtime on a board in memory against a real gateway session over real TLS. Time jumps to whatever the
// runtime waits for.
#pragma once

#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <iterator>
#include <memory>
#include <string>

#include "device/runtime/runtime.hpp"
#include "device/runtime/testing/test_board.hpp"
#include "device/runtime/testing/test_gateway.hpp"

namespace wasmbed::testing {

/// A module that the build made of examples/apps or device/runtime/testing/apps.
inline std::vector<std::uint8_t> read_app(const std::string& name) {
    std::ifstream file{std::string{WASMBED_TEST_APPS} + "/" + name + ".wasm", std::ios::binary};
    EXPECT_TRUE(file) << name;
    return {std::istreambuf_iterator<char>{file}, {}};
}

inline AppSpec spec(const std::string& name, std::vector<std::string_view> permissions = {}) {
    AppSpec app;
    app.uid = "uid-" + name;
    app.name = name;
    app.module = read_app(name);
    app.permissions = std::move(permissions);
    return app;
}

class RuntimeTest : public ::testing::Test {
  protected:
    static constexpr std::size_t kStoreBytes = 1024 * 1024;
    static constexpr std::size_t kTurnsMax = 20'000;

    RuntimeTest() {
        factory_.content = gateway_.provision();
        power_on();
    }

    /// Starts the device with what is in its store; time goes on.
    void power_on() {
        static std::byte crypto_arena[4 * crypto::kArenaBytes];
        runtime_.reset();
        console_.text.clear();
        leds_.on = {};
        gateway_.close();
        gateway_.apps.clear();
        arena_.assign(arena_bytes_, std::byte{0});
        const hal::Board board{.console = console_,
                               .clock = clock_,
                               .idle = idle_,
                               .reset = reset_,
                               .info = info_,
                               .factory = factory_,
                               .store = store_,
                               .seed_store = nullptr,
                               .entropy = &entropy_,
                               .network = nullptr,
                               .link_stream = &gateway_,
                               .leds = &leds_,
                               .watchdog = nullptr,
                               .sensors = sensors_,
                               .i2c_buses = i2c_buses_,
                               .gpio = &gpio_,
                               .spi_buses = spi_buses_};
        runtime_ = std::make_unique<Runtime>(board, RuntimeMemory{arena_, crypto_arena}, RuntimeOptions{"1.2.3"});
    }

    void turn() {
        const std::uint64_t next_us = runtime_->poll();
        gateway_.step({clock_.now_ms()});
        // At most 5 ms at a time: the gateway may have answered in between.
        clock_.advance_to(std::min(next_us, clock_.now_us() + 5'000));
    }

    /// Turns until it is so; false when it never is.
    bool until(const std::function<bool()>& condition) {
        for (std::size_t i = 0; i < kTurnsMax; ++i) {
            if (condition()) return true;
            turn();
        }
        return condition();
    }
    bool until_state(const std::string& app, proto::AppState state) {
        return until([&] { return gateway_.apps.contains(app) && gateway_.apps[app].state == state; });
    }
    void turns(int count) {
        for (int i = 0; i < count; ++i) turn();
    }
    bool said(const std::string& text) const { return console_.text.find(text) != std::string::npos; }

    ManualClock clock_;
    StringConsole console_;
    NoIdle idle_;
    ExitReset reset_;
    TestInfo info_;
    TestFactory factory_;
    TestEntropy entropy_;
    TestLeds leds_{clock_};
    TestSensor temperature_{"temperature", -12250};
    TestSensor broken_{"temp-broken", fail(hal::SensorError::Absent)};
    hal::Sensor* sensors_[2]{&temperature_, &broken_};
    TestI2c i2c_;
    hal::I2cBus* i2c_buses_[1]{&i2c_};
    TestSpi spi_;
    hal::SpiBus* spi_buses_[1]{&spi_};
    TestGpio gpio_;
    hal::FakeStore store_{{kStoreBytes, 4096, 8}};
    TestGateway gateway_;
    std::size_t arena_bytes_ = 1024 * 1024;  ///< from the next `power_on` on
    std::vector<std::byte> arena_;
    std::unique_ptr<Runtime> runtime_;
};

}  // namespace wasmbed::testing
