#include "device/boards/sim/sim_board.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/crc32.hpp"
#include "device/boards/sim/platform.hpp"

namespace wasmbed::sim {
namespace {

constexpr char kResetVariable[] = "WASMBED_SIM_RESET";

}  // namespace

std::uint64_t SimClock::do_now_us() const {
    const auto passed =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start_);
    return before_us_ + static_cast<std::uint64_t>(passed.count()) * rate_;
}

void SimClock::set_rate(std::uint32_t rate) {
    if (rate == rate_) return;
    before_us_ = now_us();
    start_ = std::chrono::steady_clock::now();
    rate_ = rate;
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
    read_ = true;
    const ssize_t count = ::read(STDIN_FILENO, out.data(), out.size());
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) open_ = false;
    return count > 0 ? static_cast<std::size_t>(count) : 0;
}

SimIdle::SimIdle(SimClock& clock, PosixStream& stream, SimConsole& console, Surroundings& surroundings)
    : clock_(clock), stream_(stream), console_(console), surroundings_(surroundings) {
    apply();
}

void SimIdle::apply() {
    clock_.set_rate(surroundings_.clock_rate());
    stream_.set_line(surroundings_.link_cut(), std::chrono::milliseconds(surroundings_.delay_ms()));
}

void SimIdle::do_wait_until(std::uint64_t deadline_us) {
    const std::uint64_t now = clock_.now_us();
    // What has passed is no reason to return at once: the signal of the surroundings comes in pselect only.
    std::uint64_t wait_us = deadline_us == kForever ? kForever
                            : deadline_us <= now    ? 0
                                                    : (deadline_us - now) / clock_.rate() + 1;
    if (const auto held = stream_.held_until()) wait_us = std::min(wait_us, PosixStream::us_until(*held));
    timespec timeout{};
    if (wait_us != kForever) {
        timeout.tv_sec = static_cast<time_t>(wait_us / 1'000'000);
        timeout.tv_nsec = static_cast<long>(wait_us % 1'000'000 * 1000);
    }
    fd_set readable, writable;
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    if (console_.awaited()) FD_SET(STDIN_FILENO, &readable);
    const short events = stream_.awaited_events();
    if ((events & POLLIN) != 0) FD_SET(stream_.descriptor(), &readable);
    if ((events & POLLOUT) != 0) FD_SET(stream_.descriptor(), &writable);
    const int count = std::max(stream_.descriptor(), STDIN_FILENO) + 1;
    (void)::pselect(count, &readable, &writable, nullptr, wait_us == kForever ? nullptr : &timeout,
                    &surroundings_.mask());
    if (surroundings_.refresh()) apply();
}

SimReset::SimReset(char** arguments)
    : arguments_(arguments),
      reason_(std::getenv(kResetVariable) != nullptr ? hal::ResetReason::Software : hal::ResetReason::PowerOn) {}

void SimReset::do_reboot() {
    (void)::setenv(kResetVariable, "software", 1);
    (void)::execv(own_program().c_str(), arguments_);
    std::_Exit(1);
}

Result<void, hal::EntropyError> SimEntropy::do_fill(MutableBytes out) {
    constexpr std::size_t kCallBytesMax = 256;  // of getentropy
    while (!out.empty()) {
        const MutableBytes part = out.first(std::min(out.size(), kCallBytesMax));
        if (::getentropy(part.data(), part.size()) != 0) return fail(hal::EntropyError::NoData);
        out = out.subspan(part.size());
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
