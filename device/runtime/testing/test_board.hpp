// A board in memory for tests of the whole runtime: time that jumps, a store that can be damaged, a console that is a
// string.
#pragma once

#include <algorithm>
#include <array>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "device/hal/board.hpp"
#include "device/hal/testing/fake_store.hpp"

namespace wasmbed::testing {

/// Stands still unless told.
class ManualClock final : public hal::Clock {
  public:
    void advance_to(std::uint64_t us) { now_us_ = std::max(now_us_, us); }

  private:
    std::uint64_t do_now_us() const override { return now_us_; }
    std::uint64_t now_us_ = 0;
};

class StringConsole final : public hal::Console {
  public:
    std::string text;
    std::string typed;  ///< and not read yet

  private:
    std::size_t do_write(Bytes data) override {
        text += text_of(data);
        return data.size();
    }
    std::size_t do_writable() const override { return 4096; }
    std::size_t do_read(MutableBytes out) override {
        const std::size_t count = std::min(out.size(), typed.size());
        std::copy_n(typed.begin(), count, out.begin());
        typed.erase(0, count);
        return count;
    }
    std::uint32_t do_overruns() const override { return 0; }
    void do_write_blocking(Bytes data) override { text += text_of(data); }
};

class NoIdle final : public hal::Idle {
    void do_wait_until(std::uint64_t) override {}
};

/// Ends the test's process instead.
class ExitReset final : public hal::Reset {
  public:
    static constexpr int kExitCode = 42;

  private:
    hal::ResetReason do_reason() const override { return hal::ResetReason::PowerOn; }
    void do_reboot() override { std::_Exit(kExitCode); }
};

class TestInfo final : public hal::DeviceInfo {
    std::string_view do_board() const override { return "test-board"; }
    Bytes do_hardware_id() const override { return id_; }
    std::array<std::uint8_t, 4> id_{1, 2, 3, 4};
};

class TestFactory final : public hal::FactoryPartition {
  public:
    std::vector<std::uint8_t> content = std::vector<std::uint8_t>(4096, 0xFF);

  private:
    Bytes do_bytes() const override { return content; }
};

/// Random bytes of the host; can be switched off.
class TestEntropy final : public hal::Entropy {
  public:
    bool works = true;

  private:
    Result<void, hal::EntropyError> do_fill(MutableBytes out) override {
        if (!works) return fail(hal::EntropyError::NoData);
        for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(device_());
        return {};
    }
    std::random_device device_;
};

/// Setting one can be made to take time.
class TestLeds final : public hal::LedBank {
  public:
    explicit TestLeds(ManualClock& clock) : clock_(clock) {}
    std::array<bool, 2> on{};
    std::uint64_t set_us = 0;

  private:
    std::size_t do_count() const override { return on.size(); }
    void do_set(std::size_t index, bool state) override {
        on[index] = state;
        clock_.advance_to(clock_.now_us() + set_us);
    }
    bool do_get(std::size_t index) const override { return on[index]; }

    ManualClock& clock_;
};

class TestSensor final : public hal::Sensor {
  public:
    TestSensor(std::string_view name, Result<std::int32_t, hal::SensorError> milli) : name_(name), milli_(milli) {}

  private:
    std::string_view do_name() const override { return name_; }
    std::string_view do_unit() const override { return "Cel"; }
    Result<std::int32_t, hal::SensorError> do_read_milli() override { return milli_; }

    std::string_view name_;
    Result<std::int32_t, hal::SensorError> milli_;
};

/// Two pins; what pin 1 drives, pin 0 reads.
class TestGpio final : public hal::GpioBank {
    std::size_t do_count() const override { return 2; }
    void do_set(std::size_t index, bool high) override { driven_[index] = high; }
    void do_release(std::size_t index) override { driven_[index] = false; }
    bool do_get(std::size_t) const override { return driven_[1]; }

    std::array<bool, 2> driven_{};
};

/// At 0x48 a device that gives back what it got.
class TestI2c final : public hal::I2cBus {
    Result<void, hal::I2cError> do_transfer(std::uint8_t address, Bytes out, MutableBytes in) override {
        if (address != 0x48) return fail(hal::I2cError::NoDevice);
        for (std::size_t i = 0; i < in.size(); ++i) in[i] = i < out.size() ? out[i] : 0;
        return {};
    }
};

/// One device, which answers with one more than it got.
class TestSpi final : public hal::SpiBus {
    std::size_t do_selects() const override { return 1; }
    Result<void, hal::SpiError> do_transfer(std::size_t, MutableBytes data) override {
        for (std::uint8_t& byte : data) ++byte;
        return {};
    }
};

}  // namespace wasmbed::testing
