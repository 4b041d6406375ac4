#include "host/process/supervisor.hpp"

#include <cerrno>
#include <fcntl.h>

#include "host/base/log.hpp"
#include "host/process/backoff.hpp"
#include "host/process/wait.hpp"

namespace wasmbed {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uintmax_t kLogBytesMax = 4u << 20;

Result<Fd, SystemError> open_log(const std::filesystem::path& path) {
    std::error_code ignored;
    if (std::filesystem::file_size(path, ignored) > kLogBytesMax && !ignored) {
        std::filesystem::path old = path;
        old += ".1";
        std::filesystem::rename(path, old, ignored);
    }
    Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!fd) return fail(SystemError{"cannot write " + path.string(), errno});
    return fd;
}

}  // namespace

struct Supervisor::Entry {
    Program program;
    Child child;
    SteadyClock::time_point started;
    Backoff backoff{milliseconds(100), seconds(10), seconds(5)};
    int ends = 0;
};

Supervisor::Supervisor(IoContext& io, Listener listener) : tasks_(io), listener_(std::move(listener)) {}
Supervisor::~Supervisor() = default;

Result<void, SystemError> Supervisor::start(Entry& entry) {
    auto log = open_log(entry.program.log);
    if (!log) return fail(log.error());
    auto child = spawn({.argv = entry.program.argv,
                        .program = entry.program.executable,
                        .stdout_fd = log->get(),
                        .stderr_fd = log->get()});
    if (!child) return fail(child.error());
    entry.child = std::move(*child);
    entry.started = SteadyClock::now();
    if (listener_) listener_(entry.program.name, true, {});
    return {};
}

Result<void, SystemError> Supervisor::add(Program program) {
    auto entry = std::make_unique<Entry>();
    entry->program = std::move(program);
    if (auto started = start(*entry); !started) return started;
    Entry& kept = *entries_.emplace_back(std::move(entry));
    tasks_.spawn(kept.program.name, keep_running(kept));
    return {};
}

Task<> Supervisor::keep_running(Entry& entry) {
    for (;;) {
        std::string why;
        if (entry.child) {
            const ExitStatus status = co_await wait_for_exit(entry.child);
            why = status.text();
        }
        ++entry.ends;
        if (listener_)
            listener_(entry.program.name, false, why);
        else
            log_warn("a program ended by itself", {{"name", entry.program.name}, {"how", why}});
        const auto ran_for = duration_cast<milliseconds>(SteadyClock::now() - entry.started);
        co_await sleep_for(entry.backoff.next(ran_for));
        auto started = start(entry);
        if (!started)
            log_error("a role cannot be started", {{"name", entry.program.name}, {"why", started.error().text()}});
    }
}

int Supervisor::ends_of(std::string_view name) const {
    for (const auto& entry : entries_) {
        if (entry->program.name == name) return entry->ends;
    }
    return -1;
}

Task<> Supervisor::stop(SteadyClock::duration grace_each) {
    co_await tasks_.stop();
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
        co_await end_child((*entry)->child, grace_each);
    }
    entries_.clear();
}

}  // namespace wasmbed
