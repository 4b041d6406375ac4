// Starting one child process that dies with its parent.
#pragma once

#include <csignal>
#include <string>
#include <sys/types.h>
#include <vector>

#include "core/base/result.hpp"
#include "host/process/fd.hpp"

namespace wasmbed {

/// A system call that failed: what was tried, on what, and errno.
struct SystemError {
    std::string what;
    int code = 0;
    /// "cannot start qemu-system-arm: No such file or directory"
    std::string text() const;
};

/// How a child is started. Descriptors are borrowed and duplicated; -1 is /dev/null.
struct SpawnOptions {
    std::vector<std::string> argv = {};  ///< argv[0] is looked up in PATH when it has no slash
    std::string program = {};            ///< file to execute instead of argv[0]
    std::string directory = {};          ///< working directory; empty: the parent's
    int stdin_fd = -1;
    int stdout_fd = -1;
    int stderr_fd = -1;
    std::vector<std::pair<int, int>> extra_fds = {};  ///< (parent's descriptor, number in the child), numbers from 3
    int death_signal = SIGKILL;                       ///< what the kernel sends when the spawning thread ends
};

/// How a child ended.
struct ExitStatus {
    bool signalled = false;
    int code = 0;  ///< exit code, or signal number
    bool success() const { return !signalled && code == 0; }
    /// "exit code 1" or "signal 9 (Killed)"
    std::string text() const;
};

/// A running child. Destroying it kills its process group with SIGKILL and reaps it: nothing is left behind.
class Child {
  public:
    Child() = default;
    Child(pid_t pid, Fd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
    Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, 0)), pidfd_(std::move(other.pidfd_)) {}
    Child& operator=(Child&& other) noexcept;
    ~Child();

    /// 0 once it was reaped.
    pid_t pid() const { return pid_; }
    /// Becomes readable when the child ended.
    int pidfd() const { return pidfd_.get(); }
    explicit operator bool() const { return pid_ != 0; }

    /// Sends `signal` to the child's whole group. Nothing happens once it was reaped.
    void signal(int signal) const;
    /// Reaps the child if it has ended; also ends what is left of its group. Does not block.
    /// Returns false while it runs.
    bool try_reap(ExitStatus* status);
    /// Waits at most `timeout_ms` (negative: for ever) for its end and reaps it.
    bool wait(int timeout_ms, ExitStatus* status);

  private:
    pid_t pid_ = 0;
    Fd pidfd_;
};

/// Starts a child in its own process group. Fails, with nothing left behind, when the program cannot be executed.
/// The calling thread must live as long as the process (see README.md).
Result<Child, SystemError> spawn(const SpawnOptions& options);

}  // namespace wasmbed
