#include "device/boards/sim/sim_board.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/crc32.hpp"

namespace wasmbed::sim {
namespace {

constexpr char kResetVariable[] = "WASMBED_SIM_RESET";

}  // namespace

std::uint64_t SimClock::do_now_us() const {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start_).count());
}

SimConsole::SimConsole() {
    (void)::fcntl(STDIN_FILENO, F_SETFL, ::fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
}

std::size_t SimConsole::do_write(Bytes data) {
    std::size_t written = 0;
    while (written < data.size()) {
        const ssize_t count = ::write(STDOUT_FILENO, data.data() + written, data.size() - written);
        if (count > 0) {
            written += static_cast<std::size_t>(count);
        } else if (errno == EAGAIN) {
            pollfd wait{STDOUT_FILENO, POLLOUT, 0};
            (void)::poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            break;  // nobody reads: a UART does not mind either
        }
    }
    return data.size();
}

std::size_t SimConsole::do_read(MutableBytes out) {
    const ssize_t count = ::read(STDIN_FILENO, out.data(), out.size());
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) open_ = false;
    return count > 0 ? static_cast<std::size_t>(count) : 0;
}

void SimIdle::do_wait_until(std::uint64_t deadline_us) {
    const std::uint64_t now = clock_.now_us();
    if (deadline_us <= now) return;
    timespec timeout{};
    if (deadline_us != kForever) {
        timeout.tv_sec = static_cast<time_t>((deadline_us - now) / 1'000'000);
        timeout.tv_nsec = static_cast<long>((deadline_us - now) % 1'000'000 * 1000);
    }
    pollfd stream{stream_.descriptor(), stream_.awaited_events(), 0};
    (void)::ppoll(&stream, 1, deadline_us == kForever ? nullptr : &timeout, nullptr);
}

SimReset::SimReset(char** arguments)
    : arguments_(arguments),
      reason_(std::getenv(kResetVariable) != nullptr ? hal::ResetReason::Software : hal::ResetReason::PowerOn) {}

void SimReset::do_reboot() {
    (void)::setenv(kResetVariable, "software", 1);
    (void)::execv("/proc/self/exe", arguments_);
    std::_Exit(1);
}

Result<void, hal::EntropyError> SimEntropy::do_fill(MutableBytes out) {
    std::size_t filled = 0;
    while (filled < out.size()) {
        const ssize_t count = ::getrandom(out.data() + filled, out.size() - filled, 0);
        if (count < 0 && errno != EINTR) return fail(hal::EntropyError::NoData);
        if (count > 0) filled += static_cast<std::size_t>(count);
    }
    return {};
}

SimInfo::SimInfo(const std::string& store_path) {
    const std::string_view halves[2] = {"sim", store_path};
    for (std::size_t half = 0; half < 2; ++half) {
        const std::uint32_t crc = crc32(bytes_of(halves[half]), crc32(bytes_of(store_path)));
        std::memcpy(id_ + 4 * half, &crc, 4);
    }
}

StoreFile::StoreFile(const std::string& path) {
    const auto failed = [&](const char* what) {
        error_ = std::string{what} + " " + path + ": " + std::strerror(errno);
    };
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);  // stays open: it holds the lock
    if (fd < 0) {
        failed("cannot open");
        return;
    }
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        failed("another device uses");
        return;
    }
    struct stat status{};
    if (::fstat(fd, &status) != 0) {
        failed("cannot examine");
        return;
    }
    if (status.st_size < kFileBytes && ::ftruncate(fd, kFileBytes) != 0) {
        failed("cannot size");
        return;
    }
    void* mapped = ::mmap(nullptr, kFileBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) {
        failed("cannot map");
        return;
    }
    bytes_ = static_cast<std::uint8_t*>(mapped);
}

}  // namespace wasmbed::sim
