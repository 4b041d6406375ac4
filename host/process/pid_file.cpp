#include "host/process/pid_file.hpp"

#include <cerrno>
#include <csignal>
#include <fstream>
#include <poll.h>
#include <sstream>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/process/fd.hpp"

namespace wasmbed {
namespace {

std::string kernel_boot_id() {
    std::string id;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
    return id;
}

// Field 22 of /proc/PID/stat, proc(5). The command (field 2) may hold spaces and parentheses: start after its last ')'.
std::optional<unsigned long long> start_ticks_of(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    if (!std::getline(file, line)) return std::nullopt;
    const std::size_t after = line.rfind(')');
    if (after == std::string::npos) return std::nullopt;
    std::istringstream fields(line.substr(after + 1));
    std::string skipped;
    for (int field = 3; field < 22; ++field) fields >> skipped;
    unsigned long long ticks = 0;
    if (!(fields >> ticks)) return std::nullopt;
    return ticks;
}

}  // namespace

std::optional<ProcessIdentity> identify_process(pid_t pid) {
    if (pid <= 0) return std::nullopt;
    const auto ticks = start_ticks_of(pid);
    if (!ticks) return std::nullopt;
    return ProcessIdentity{kernel_boot_id(), pid, *ticks};
}

bool write_pid_file(const std::filesystem::path& path, pid_t pid) {
    const auto identity = identify_process(pid);
    if (!identity) return false;
    std::filesystem::path next = path;
    next += ".new";
    {
        std::ofstream file(next, std::ios::trunc);
        file << identity->pid << ' ' << identity->start_ticks << ' ' << identity->boot_id << '\n';
        if (!file.flush()) return false;
    }
    std::error_code error;
    std::filesystem::rename(next, path, error);
    return !error;
}

std::optional<ProcessIdentity> read_pid_file(const std::filesystem::path& path) {
    std::ifstream file(path);
    ProcessIdentity identity;
    if (!(file >> identity.pid >> identity.start_ticks >> identity.boot_id)) return std::nullopt;
    return identity;
}

bool end_leftover(const std::filesystem::path& path, int timeout_ms) {
    std::error_code ignored;
    const auto identity = read_pid_file(path);
    if (!identity) {
        std::filesystem::remove(path, ignored);
        return true;
    }
    // The descriptor is opened before the comparison: from then on it means this one process, even if the pid is
    // reused.
    Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, identity->pid, 0)));
    if (pidfd && identify_process(identity->pid) == identity) {
        const bool leads_group = ::getpgid(identity->pid) == identity->pid;
        if (leads_group) ::kill(-identity->pid, SIGKILL);
        ::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
        pollfd event{pidfd.get(), POLLIN, 0};
        int ready;
        do {
            ready = ::poll(&event, 1, timeout_ms);
        } while (ready < 0 && errno == EINTR);
        if (ready <= 0) return false;
    }
    std::filesystem::remove(path, ignored);
    return true;
}

}  // namespace wasmbed
