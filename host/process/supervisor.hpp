// Keeps a fixed set of programs running.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/task_group.hpp"
#include "host/process/spawn.hpp"

namespace wasmbed {

/// One program to keep running. Its standard output and error go to `log`, appended; a log over 4 MiB is moved to
/// `<log>.1` first.
struct Program {
    std::string name;
    std::vector<std::string> argv;
    std::string executable = {};  ///< file to execute instead of argv[0]
    std::filesystem::path log = {};
};

/// Starts programs, restarts what ends (100 ms doubling to 10 s; over at once after 5 s of running), stops them in
/// reverse order. Used on the event loop's thread, which must be the main thread: the children die with it.
class Supervisor {
  public:
    /// Told of each start (`running` true, text empty) and each end; without one, ends are logged.
    using Listener = std::function<void(const std::string& name, bool running, const std::string& text)>;

    Supervisor(IoContext& io, Listener listener);
    ~Supervisor();
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    /// Starts a program, after those that were added before it. The first start's failure is an error; later ones are
    /// retried.
    Result<void, SystemError> add(Program program);

    /// How often a program ended by itself since it was added; -1 for an unknown name.
    int ends_of(std::string_view name) const;

    /// Stops everything: last added first, SIGTERM, then SIGKILL for what still runs after `grace_each`.
    Task<> stop(SteadyClock::duration grace_each);

  private:
    struct Entry;
    Result<void, SystemError> start(Entry& entry);
    Task<> keep_running(Entry& entry);

    TaskGroup tasks_;
    Listener listener_;
    std::vector<std::unique_ptr<Entry>> entries_;
};

}  // namespace wasmbed
