// The parts of a board as a Linux process has them.
#pragma once

#include <chrono>
#include <string>

#include "board_dt.hpp"
#include "device/boards/sim/posix_stream.hpp"
#include "device/boards/sim/surroundings.hpp"
#include "device/drivers/mapped_store.hpp"
#include "device/hal/board.hpp"

namespace wasmbed::sim {

/// CLOCK_MONOTONIC since the construction, times the rate it had meanwhile.
class SimClock final : public hal::Clock {
  public:
    /// From now on simulated seconds per real one, 1 at first.
    void set_rate(std::uint32_t rate);
    std::uint32_t rate() const { return rate_; }

  private:
    std::uint64_t do_now_us() const override;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::uint64_t before_us_ = 0;  ///< at `start_`
    std::uint32_t rate_ = 1;
};

/// Standard input and output. Output is a pipe or a file, so writing waits only as long as the reader is behind.
class SimConsole final : public hal::Console {
  public:
    /// Makes standard input non-blocking.
    SimConsole();
    /// Whether somebody reads it and standard input has not ended: then typed bytes end a wait.
    bool awaited() const { return open_ && read_; }

  private:
    std::size_t do_write(Bytes data) override;
    std::size_t do_writable() const override { return SIZE_MAX; }
    std::size_t do_read(MutableBytes out) override;
    std::uint32_t do_overruns() const override { return 0; }
    void do_write_blocking(Bytes data) override { (void)do_write(data); }
    bool open_ = true;
    bool read_ = false;
};

/// Waits with pselect for the stream, typed bytes, the time, or a change of the surroundings, which it applies to the
/// clock and the stream.
class SimIdle final : public hal::Idle {
  public:
    SimIdle(SimClock& clock, PosixStream& stream, SimConsole& console, Surroundings& surroundings);

  private:
    void do_wait_until(std::uint64_t deadline_us) override;
    void apply();
    SimClock& clock_;
    PosixStream& stream_;
    SimConsole& console_;
    Surroundings& surroundings_;
};

/// Starts the program again with the same arguments and an environment variable that tells the next boot why.
class SimReset final : public hal::Reset {
  public:
    explicit SimReset(char** arguments);

  private:
    hal::ResetReason do_reason() const override { return reason_; }
    void do_reboot() override;
    char** arguments_;
    hal::ResetReason reason_;
};

/// getentropy(3).
class SimEntropy final : public hal::Entropy {
  private:
    Result<void, hal::EntropyError> do_fill(MutableBytes out) override;
};

class SimLeds final : public hal::LedBank {
  private:
    static constexpr std::size_t kCount = 2;
    std::size_t do_count() const override { return kCount; }
    void do_set(std::size_t index, bool on) override { on_[index] = on; }
    bool do_get(std::size_t index) const override { return on_[index]; }
    bool on_[kCount] = {};
};

/// Pins on which nothing hangs: each shows what it drives, and low as an input.
class SimGpio final : public hal::GpioBank {
  private:
    static constexpr std::size_t kCount = dt::pins::kNgpios;
    std::size_t do_count() const override { return kCount; }
    void do_set(std::size_t index, bool high) override { high_[index] = high; }
    void do_release(std::size_t index) override { high_[index] = false; }
    bool do_get(std::size_t index) const override { return high_[index]; }
    bool high_[kCount] = {};
};

/// Measures what its surroundings say.
class SimSensor final : public hal::Sensor {
  public:
    explicit SimSensor(Surroundings& surroundings) : surroundings_(surroundings) {}

  private:
    std::string_view do_name() const override { return dt::temperature::kLabel; }
    std::string_view do_unit() const override { return "Cel"; }
    Result<std::int32_t, hal::SensorError> do_read_milli() override { return surroundings_.sensor(do_name()); }
    Surroundings& surroundings_;
};

/// The hardware id is derived from the name of the store, which is what makes one simulated unit differ from another.
class SimInfo final : public hal::DeviceInfo {
  public:
    explicit SimInfo(const std::string& store_path);

  private:
    std::string_view do_board() const override { return "sim"; }
    Bytes do_hardware_id() const override { return id_; }
    std::uint8_t id_[8];
};

/// The store's file, mapped: what is written survives the end of the process at any point, as flash survives a power
/// cut.
class StoreFile {
  public:
    static constexpr std::uint32_t kFactoryBytes = dt::factory::kSize;
    static constexpr std::uint32_t kSeedOffset = dt::seed::kAddress, kSeedBytes = dt::seed::kSize;
    static constexpr std::uint32_t kStoreOffset = dt::store::kAddress, kStoreBytes = dt::store::kSize;
    static constexpr std::uint32_t kFileBytes = dt::storage::kSize;
    static constexpr std::uint32_t kEraseBlock = dt::storage::kEraseBlockSize;
    static constexpr std::uint32_t kProgramUnit = dt::storage::kWriteBlockSize;

    /// Opens or makes the file, locks it against a second process, and maps it. On failure `bytes` is null and `error`
    /// says why.
    explicit StoreFile(const std::string& path);
    std::uint8_t* bytes() const { return bytes_; }
    const std::string& error() const { return error_; }

  private:
    std::uint8_t* bytes_ = nullptr;
    std::string error_;
};

}  // namespace wasmbed::sim
