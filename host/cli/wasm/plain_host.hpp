// What a module may import when it runs on this machine instead of a device: log, time, random numbers, and WASI
// without files. LEDs, sensors, storage, pins and buses need a device.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/wasm/host.hpp"

namespace wasmbed::wasm_tools {

class PlainHost {
  public:
    /// Trap code with which proc_exit ends the guest.
    static constexpr std::uint32_t kExit = 1;

    /// Descriptor 1 goes to `out`, descriptor 2 and the log to `err`; `args` are the command line, its first word the
    /// program's name. All outlive the host.
    PlainHost(std::vector<std::string> args, std::ostream& out, std::ostream& err);
    PlainHost(const PlainHost&) = delete;
    PlainHost& operator=(const PlainHost&) = delete;

    std::span<const wasm::HostFunction> functions() const { return functions_; }

    /// What proc_exit said.
    std::uint32_t exit_code() const { return exit_code_; }
    /// Until when the guest suspended itself.
    std::chrono::steady_clock::time_point wake_at() const { return wake_at_; }

  private:
    friend struct Handlers;

    std::vector<std::string> args_;
    std::ostream& out_;
    std::ostream& err_;
    std::vector<wasm::HostFunction> functions_;
    std::uint32_t exit_code_ = 0;
    std::chrono::steady_clock::time_point wake_at_{};
    std::chrono::steady_clock::time_point started_;
};

}  // namespace wasmbed::wasm_tools
