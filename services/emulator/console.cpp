#include "services/emulator/console.hpp"

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <system_error>
#include <vector>

#include "host/process/wait.hpp"
#include "services/emulator/unix_path.hpp"

namespace wasmbed::emulator {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;

[[noreturn]] void fail_with(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

Task<> write_all(boost::asio::posix::stream_descriptor& descriptor, const std::string& bytes,
                 boost::system::error_code& error) {
    co_await boost::asio::async_write(descriptor, boost::asio::buffer(bytes),
                                      boost::asio::redirect_error(boost::asio::use_awaitable, error));
}

}  // namespace

ConsoleLog::ConsoleLog(IoContext& io, std::filesystem::path path) : path_(std::move(path)), more_(io) {}

Task<> ConsoleLog::follow() {
    Fd file(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!file) fail_with("cannot make " + path_.string());
    Fd watch(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!watch || ::inotify_add_watch(watch.get(), path_.c_str(), IN_MODIFY) < 0)
        fail_with("cannot watch " + path_.string());
    refresh();
    for (;;) {
        co_await wait_readable(watch.get());
        std::array<char, 4096> events;
        while (::read(watch.get(), events.data(), events.size()) > 0) {
        }
        refresh();
        if (size_ > kLimitBytes) cut();
        more_.notify_all();
    }
}

void ConsoleLog::refresh() {
    struct stat status{};
    if (::stat(path_.c_str(), &status) != 0) return;
    const auto size = static_cast<std::uint64_t>(status.st_size);
    // QEMU empties its log file when it starts, unless its recipe says logappend=on.
    if (size < size_) base_ += size_;
    size_ = size;
}

// Keeps the newest bytes. The writer appends (O_APPEND), so it goes on at the new end; what it writes between the read
// and the truncation is lost, which a log may.
void ConsoleLog::cut() {
    std::uint64_t position = end() - kKeptBytes;
    std::string kept;
    for (std::string part = read(position); !part.empty(); part = read(position)) kept += part;
    Fd file(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    if (!file || ::ftruncate(file.get(), 0) != 0) return;
    base_ += size_ - kept.size();
    size_ = kept.size();
    (void)!::write(file.get(), kept.data(), kept.size());
}

std::uint64_t ConsoleLog::start_of_tail(std::uint64_t tail) {
    refresh();
    return base_ + (tail < size_ ? size_ - tail : 0);
}

std::string ConsoleLog::read(std::uint64_t& position) {
    refresh();
    if (position < base_) position = base_;
    if (position >= end()) return {};
    Fd file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return {};
    std::string bytes(kReadBytes, '\0');
    const ssize_t got = ::pread(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(position - base_));
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    position += bytes.size();
    return bytes;
}

Task<> ConsoleLog::wait_for_more() {
    co_await more_.wait();
}

struct ConsoleInput::State {
    explicit State(IoContext& io) : descriptor(io) {}
    boost::asio::posix::stream_descriptor descriptor;
    bool is_socket = false;
    bool busy = false;
};

ConsoleInput::ConsoleInput(IoContext& io) : state_(std::make_unique<State>(io)) {}
ConsoleInput::~ConsoleInput() = default;

void ConsoleInput::attach(Fd pipe) {
    close();
    state_->descriptor.assign(pipe.release());
    state_->is_socket = false;
}

bool ConsoleInput::connect(const std::filesystem::path& socket) {
    close();
    Fd fd = connect_unix(socket);
    if (!fd) return false;
    state_->descriptor.assign(fd.release());
    state_->is_socket = true;
    return true;
}

Task<> ConsoleInput::drain() {
    if (!state_->is_socket) co_return;
    std::array<char, 4096> dropped;
    boost::system::error_code error;
    while (!error) {
        co_await state_->descriptor.async_read_some(boost::asio::buffer(dropped),
                                                    boost::asio::redirect_error(boost::asio::use_awaitable, error));
    }
}

Task<Result<void, std::string>> ConsoleInput::write(std::string writer, std::string bytes, OpContext context) {
    if (!state_->descriptor.is_open()) co_return fail(std::string("the board is off"));
    const bool taken = writer != writer_ && SteadyClock::now() < lease_end_;
    if (state_->busy || taken) co_return fail(std::string("somebody else is typing; try again in some seconds"));
    writer_ = std::move(writer);
    lease_end_ = SteadyClock::now() + kLease;
    state_->busy = true;
    boost::system::error_code error;
    const bool in_time = co_await finish_by(write_all(state_->descriptor, bytes, error), context.deadline);
    state_->busy = false;
    if (!in_time) co_return fail(std::string("the board does not read what is typed"));
    if (error) co_return fail("the board does not take input: " + error.message());
    co_return Result<void, std::string>{};
}

void ConsoleInput::close() {
    boost::system::error_code ignored;
    state_->descriptor.close(ignored);
}

}  // namespace wasmbed::emulator
