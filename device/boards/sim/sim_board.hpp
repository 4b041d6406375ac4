// The parts of a board as a Linux process has them.
#pragma once

#include <chrono>
#include <string>

#include "device/boards/sim/posix_stream.hpp"
#include "device/drivers/mapped_store.hpp"
#include "device/hal/board.hpp"

namespace wasmbed::sim {

/// CLOCK_MONOTONIC since the construction.
class SimClock final : public hal::Clock {
  private:
    std::uint64_t do_now_us() const override;
    const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Standard input and output. Output is a pipe or a file, so writing waits only as long as the reader is behind.
class SimConsole final : public hal::Console {
  public:
    /// Makes standard input non-blocking.
    SimConsole();
    /// False once standard input has ended.
    bool open() const { return open_; }

  private:
    std::size_t do_write(Bytes data) override;
    std::size_t do_writable() const override { return SIZE_MAX; }
    std::size_t do_read(MutableBytes out) override;
    std::uint32_t do_overruns() const override { return 0; }
    void do_write_blocking(Bytes data) override { (void)do_write(data); }
    bool open_ = true;
};

/// Waits with ppoll for the stream or the time.
class SimIdle final : public hal::Idle {
  public:
    SimIdle(const SimClock& clock, const PosixStream& stream) : clock_(clock), stream_(stream) {}

  private:
    void do_wait_until(std::uint64_t deadline_us) override;
    const SimClock& clock_;
    const PosixStream& stream_;
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

/// getrandom(2).
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
    static constexpr std::uint32_t kFactoryBytes = 4096;
    static constexpr std::uint32_t kSeedOffset = 4096, kSeedBytes = 8192;
    static constexpr std::uint32_t kStoreOffset = 64 * 1024, kStoreBytes = 2 * 1024 * 1024;
    static constexpr std::uint32_t kFileBytes = kStoreOffset + kStoreBytes;
    static constexpr std::uint32_t kEraseBlock = 4096, kProgramUnit = 8;

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
