// Who a process is, beyond its pid, and how leftovers of an earlier run are found and ended.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>

namespace wasmbed {

/// A process that no other can be mistaken for: the kernel's boot id, the pid, and when it was started (clock ticks
/// since boot).
struct ProcessIdentity {
    std::string boot_id;
    pid_t pid = 0;
    unsigned long long start_ticks = 0;
    bool operator==(const ProcessIdentity&) const = default;
};

/// Identity of a live process (also of a zombie); empty when there is none.
std::optional<ProcessIdentity> identify_process(pid_t pid);

/// Writes the identity of `pid` to `path`, replacing it in one step. False on an I/O error, or when there is no such
/// process.
bool write_pid_file(const std::filesystem::path& path, pid_t pid);

/// The identity stored in `path`; empty when there is none, or it is not one.
std::optional<ProcessIdentity> read_pid_file(const std::filesystem::path& path);

/// Ends the process of `path`, and its group if it leads one, if it is still the same process; then removes the file.
/// Waits at most `timeout_ms` for its end. True when nothing is left. Never harms a process that merely has the pid.
bool end_leftover(const std::filesystem::path& path, int timeout_ms);

}  // namespace wasmbed
