#include "host/process/spawn.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace wasmbed {
namespace {

// What the child needs, prepared before fork: between fork and exec only async-signal-safe calls are allowed.
struct ChildPlan {
    const char* program = nullptr;
    std::vector<char*> argv;
    const char* directory = nullptr;
    std::array<int, 3> standard{};
    std::vector<std::pair<int, int>> extra;
    int death_signal = 0;
    pid_t parent = 0;
    int error_fd = -1;
};

[[noreturn]] void report_and_exit(int error_fd) {
    int code = errno;
    (void)!::write(error_fd, &code, sizeof code);
    ::_exit(127);
}

void restore_signals() {
    for (int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGQUIT, SIGUSR1, SIGUSR2}) ::signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Moves every source above the range of targets first, so that no dup2 overwrites one that is still needed.
void place_descriptors(ChildPlan& plan) {
    constexpr int kAboveTargets = 64;
    for (int& fd : plan.standard) {
        fd = ::fcntl(fd, F_DUPFD_CLOEXEC, kAboveTargets);
        if (fd < 0) report_and_exit(plan.error_fd);
    }
    for (auto& [source, target] : plan.extra) {
        source = ::fcntl(source, F_DUPFD_CLOEXEC, kAboveTargets);
        if (source < 0) report_and_exit(plan.error_fd);
    }
    for (int i = 0; i < 3; ++i) {
        if (::dup2(plan.standard[static_cast<std::size_t>(i)], i) < 0) report_and_exit(plan.error_fd);
    }
    for (auto [source, target] : plan.extra) {
        if (::dup2(source, target) < 0) report_and_exit(plan.error_fd);
    }
}

[[noreturn]] void run_child(ChildPlan& plan) {
    ::setpgid(0, 0);
    if (::prctl(PR_SET_PDEATHSIG, plan.death_signal) != 0) report_and_exit(plan.error_fd);
    // The parent may have died before the line above: then nobody would send the signal any more.
    if (::getppid() != plan.parent) ::_exit(127);
    restore_signals();
    plan.error_fd = ::fcntl(plan.error_fd, F_DUPFD_CLOEXEC, 128);
    if (plan.error_fd < 0) ::_exit(127);
    // Asio makes its sockets inheritable: a program that keeps one would keep the connection open at its other end.
    ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    place_descriptors(plan);
    if (plan.directory && ::chdir(plan.directory) != 0) report_and_exit(plan.error_fd);
    ::execvp(plan.program, plan.argv.data());
    report_and_exit(plan.error_fd);
}

int read_exec_error(int fd) {
    int code = 0;
    ssize_t got;
    do {
        got = ::read(fd, &code, sizeof code);
    } while (got < 0 && errno == EINTR);
    return got == static_cast<ssize_t>(sizeof code) ? code : 0;
}

ExitStatus to_exit_status(int raw) {
    if (WIFSIGNALED(raw)) return {true, WTERMSIG(raw)};
    return {false, WEXITSTATUS(raw)};
}

}  // namespace

std::string SystemError::text() const {
    return what + ": " + std::strerror(code);
}

std::string ExitStatus::text() const {
    if (!signalled) return "exit code " + std::to_string(code);
    return "signal " + std::to_string(code) + " (" + ::strsignal(code) + ")";
}

Child& Child::operator=(Child&& other) noexcept {
    if (this != &other) {
        Child old(std::move(*this));
        pid_ = std::exchange(other.pid_, 0);
        pidfd_ = std::move(other.pidfd_);
    }
    return *this;
}

Child::~Child() {
    if (pid_ == 0) return;
    signal(SIGKILL);
    wait(-1, nullptr);
}

void Child::signal(int signal) const {
    if (pid_ > 0) ::kill(-pid_, signal);
}

bool Child::try_reap(ExitStatus* status) {
    if (pid_ == 0) return true;
    siginfo_t info{};
    // WNOWAIT first: while the leader is a zombie its group id cannot be reused, so the group can be killed safely.
    if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
        return false;
    ::kill(-pid_, SIGKILL);
    int raw = 0;
    while (::waitpid(pid_, &raw, 0) < 0 && errno == EINTR) {
    }
    if (status) *status = to_exit_status(raw);
    pid_ = 0;
    pidfd_.reset();
    return true;
}

bool Child::wait(int timeout_ms, ExitStatus* status) {
    if (pid_ == 0) return true;
    pollfd event{pidfd_.get(), POLLIN, 0};
    int ready;
    do {
        ready = ::poll(&event, 1, timeout_ms);
    } while (ready < 0 && errno == EINTR);
    return ready > 0 && try_reap(status);
}

Result<Child, SystemError> spawn(const SpawnOptions& options) {
    const std::string what = "cannot start " + options.argv.at(0);
    int pipe_fds[2];
    if (::pipe2(pipe_fds, O_CLOEXEC) != 0) return fail(SystemError{what, errno});
    Fd error_read(pipe_fds[0]);
    Fd error_write(pipe_fds[1]);
    Fd null_device(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!null_device) return fail(SystemError{what + ": /dev/null", errno});

    ChildPlan plan;
    for (const std::string& argument : options.argv) plan.argv.push_back(const_cast<char*>(argument.c_str()));
    plan.argv.push_back(nullptr);
    plan.program = options.program.empty() ? plan.argv[0] : options.program.c_str();
    if (!options.directory.empty()) plan.directory = options.directory.c_str();
    const std::array<int, 3> wanted{options.stdin_fd, options.stdout_fd, options.stderr_fd};
    for (std::size_t i = 0; i < 3; ++i) plan.standard[i] = wanted[i] >= 0 ? wanted[i] : null_device.get();
    plan.extra = options.extra_fds;
    plan.death_signal = options.death_signal;
    plan.parent = ::getpid();
    plan.error_fd = error_write.get();

    const pid_t pid = ::fork();
    if (pid < 0) return fail(SystemError{what, errno});
    if (pid == 0) run_child(plan);

    ::setpgid(pid, pid);  // Both sides do it, so that the group exists whoever runs first.
    Child child(pid, Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))));
    error_write.reset();
    if (const int code = read_exec_error(error_read.get()); code != 0) return fail(SystemError{what, code});
    if (child.pidfd() < 0) return fail(SystemError{what + ": pidfd_open", errno});
    return child;
}

}  // namespace wasmbed
