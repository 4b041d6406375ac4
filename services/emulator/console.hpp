// What a board prints and is told: many viewers, one writer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "host/base/task.hpp"
#include "host/process/fd.hpp"

namespace wasmbed::emulator {

/// The console log of one board. QEMU (or the board's process) appends to the file; viewers read the file, so each sees
/// every byte however slow it is, and none can slow the board down. Kept at 1 to 5 MiB: the oldest bytes go first.
///
/// Positions count the bytes the board ever printed into this log; a viewer whose position was cut away goes on at the
/// oldest byte.
class ConsoleLog {
  public:
    static constexpr std::uint64_t kKeptBytes = 1u << 20;
    static constexpr std::uint64_t kLimitBytes = 5u << 20;

    ConsoleLog(IoContext& io, std::filesystem::path path);

    const std::filesystem::path& path() const { return path_; }

    /// Makes the file and follows it until cancelled: spawn it.
    Task<> follow();

    std::uint64_t end() const { return base_ + size_; }
    /// As `end`, after a look at the file.
    std::uint64_t current_end() {
        refresh();
        return end();
    }
    /// Where a viewer of the last `tail` bytes starts.
    std::uint64_t start_of_tail(std::uint64_t tail);

    /// Up to 64 KiB from `position`, which is moved behind them. Empty: nothing new.
    std::string read(std::uint64_t& position);
    /// Waits until there may be more, or `wake_viewers` is called.
    Task<> wait_for_more();
    void wake_viewers() { more_.notify_all(); }

  private:
    void refresh();
    void cut();

    std::filesystem::path path_;
    Notifier more_;
    std::uint64_t base_ = 0;  ///< bytes that were cut away
    std::uint64_t size_ = 0;  ///< bytes in the file
};

/// The way in. One writer at a time: who types keeps the keyboard for kLease after the last byte. What comes back on
/// the same connection is dropped (the log has it).
class ConsoleInput {
  public:
    static constexpr std::chrono::seconds kLease{5};

    explicit ConsoleInput(IoContext& io);
    ~ConsoleInput();

    /// For a process: types into `pipe`.
    void attach(Fd pipe);
    /// For QEMU: connects to the Unix socket it listens on. False while it does not.
    bool connect(const std::filesystem::path& socket);
    /// Reads and drops until the board closes or this is cancelled; an undrained socket would stall the board's UART.
    Task<> drain();
    /// Types `bytes` for `writer` (any text that tells writers apart); returns when the system has taken them. Fails
    /// when another one has the keyboard, the board is off, or does not read before the deadline.
    Task<Result<void, std::string>> write(std::string writer, std::string bytes, OpContext context);
    void close();

  private:
    struct State;
    std::unique_ptr<State> state_;
    std::string writer_;
    SteadyClock::time_point lease_end_{};
};

}  // namespace wasmbed::emulator
