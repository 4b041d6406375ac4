// The sim board against the contracts that every board's parts fulfil, and its stream against a real socket.
#include <arpa/inet.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "device/boards/sim/composition.hpp"
#include "device/hal/contract/basic_contract.hpp"
#include "device/hal/contract/store_contract.hpp"

namespace wasmbed::sim {
namespace {

/// A folder of this test's own.
class TempFolder {
  public:
    TempFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "sim-test-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    ~TempFolder() { std::filesystem::remove_all(path_); }
    std::string file() const { return path_ + "/store.img"; }
    std::string surroundings() const { return path_ + "/surroundings"; }

  private:
    std::string path_;
};

struct StoreHarness {
    TempFolder folder;
    StoreFile file{folder.file()};
    drivers::MappedStore mapped{file.bytes() + StoreFile::kStoreOffset,
                                {64 * 1024, StoreFile::kEraseBlock, StoreFile::kProgramUnit}};
    hal::Store& store() { return mapped; }
};

struct BasicHarness {
    SimClock sim_clock;
    PosixStream stream;
    SimConsole console;
    Surroundings surroundings{""};
    SimIdle sim_idle{sim_clock, stream, console, surroundings};
    SimLeds sim_leds;
    hal::Clock& clock() { return sim_clock; }
    hal::Idle& idle() { return sim_idle; }
    hal::LedBank* leds() { return &sim_leds; }
};

}  // namespace
}  // namespace wasmbed::sim

namespace wasmbed::hal {
INSTANTIATE_TYPED_TEST_SUITE_P(Sim, StoreContract, sim::StoreHarness);
INSTANTIATE_TYPED_TEST_SUITE_P(Sim, BasicContract, sim::BasicHarness);
}  // namespace wasmbed::hal

namespace wasmbed::sim {
namespace {

TEST(SimStoreFile, keeps_its_content_and_belongs_to_one_device) {
    const TempFolder folder;
    const StoreFile first{folder.file()};
    ASSERT_NE(first.bytes(), nullptr);
    first.bytes()[StoreFile::kFileBytes - 1] = 0x5A;
    EXPECT_EQ(std::filesystem::file_size(folder.file()), StoreFile::kFileBytes);
    const StoreFile second{folder.file()};
    EXPECT_EQ(second.bytes(), nullptr);
    EXPECT_NE(second.error().find("another device uses"), std::string::npos);
}

/// The whole board, with surroundings that a test writes.
class SimBoardTest : public testing::Test {
  protected:
    void surround(const std::string& text) {
        std::ofstream(folder_.surroundings()) << text;
        (void)::raise(SIGURG);
        parts_.idle.wait_until(hal::Idle::kForever);  // the signal is pending
    }

    TempFolder folder_;
    StoreFile file_{folder_.file()};
    char* arguments_[1]{nullptr};
    Parts parts_{file_, folder_.file(), folder_.surroundings(), arguments_};
};

TEST_F(SimBoardTest, keeps_the_contract_of_each_part_and_says_what_it_lacks) {
    std::vector<std::string> absent;
    hal::check_board(
        parts_.board, [](const char* part, hal::Broken broken) { EXPECT_STREQ(broken, nullptr) << part; },
        [&](const char* part) { absent.emplace_back(part); });
    EXPECT_EQ(absent, (std::vector<std::string>{"watchdog", "i2c", "spi"}));
}

TEST_F(SimBoardTest, measures_what_its_surroundings_say) {
    EXPECT_EQ(parts_.sensors[0]->name(), "temperature");
    EXPECT_EQ(parts_.sensors[0]->read_milli(), 0);
    surround("sensor temperature 36500\nsensor other 1\nnonsense\n");
    EXPECT_EQ(parts_.sensors[0]->read_milli(), 36500);
}

TEST_F(SimBoardTest, time_goes_faster_when_its_surroundings_say_so) {
    surround("clock 1000\n");
    const auto started = std::chrono::steady_clock::now();
    const std::uint64_t minutes = parts_.board.clock.now_us() + 600'000'000;
    while (parts_.board.clock.now_us() < minutes) parts_.idle.wait_until(minutes);
    EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::minutes(5));
    const std::uint64_t before = parts_.board.clock.now_us();
    surround("");
    EXPECT_GE(parts_.board.clock.now_us(), before);
}

/// A listening socket on a port of the kernel's choice.
class Listener {
  public:
    Listener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        (void)::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address);
        (void)::listen(fd_, 1);
        socklen_t size = sizeof address;
        (void)::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
        address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    }
    ~Listener() { ::close(fd_); }
    int accept() { return ::accept(fd_, nullptr, nullptr); }
    const std::string& address() const { return address_; }

  private:
    int fd_;
    std::string address_;
};

class PosixStreamTest : public testing::Test {
  protected:
    /// Waits as the superloop does; false after 10 s.
    bool until(const std::function<bool()>& condition) {
        const std::uint64_t limit = clock_.now_us() + 10'000'000;
        while (!condition()) {
            if (clock_.now_us() > limit) return false;
            idle_.wait_until(clock_.now_us() + 10'000);
        }
        return true;
    }
    hal::Stream& stream() { return posix_; }

    SimClock clock_;
    PosixStream posix_;
    SimConsole console_;
    Surroundings surroundings_{""};
    SimIdle idle_{clock_, posix_, console_, surroundings_};
};

TEST_F(PosixStreamTest, carries_bytes_both_ways_and_sees_the_end) {
    Listener listener;
    ASSERT_TRUE(stream().connect(listener.address()));
    EXPECT_EQ(stream().connect(listener.address()).error(), hal::StreamError::Busy);
    ASSERT_TRUE(until([&] { return stream().state() == hal::StreamState::Open; }));
    const int peer = listener.accept();
    EXPECT_EQ(stream().write(bytes_of("ping")), 4u);
    char got[4];
    ASSERT_EQ(::recv(peer, got, sizeof got, MSG_WAITALL), 4);
    EXPECT_EQ(std::string(got, 4), "ping");

    ASSERT_EQ(::send(peer, "pong", 4, 0), 4);
    ::close(peer);
    std::uint8_t buffer[16];
    std::size_t size = 0;
    ASSERT_TRUE(until([&] { return (size = stream().read(buffer).value_or(0)) > 0; }));
    EXPECT_EQ(text_of(Bytes{buffer, size}), "pong");
    ASSERT_TRUE(until([&] { return stream().read(buffer) == 0u && stream().state() == hal::StreamState::PeerClosed; }));
    EXPECT_EQ(stream().write(bytes_of("x")).error(), hal::StreamError::NotOpen);
    stream().close();
    EXPECT_EQ(stream().state(), hal::StreamState::Closed);
}

TEST_F(PosixStreamTest, says_that_nobody_listens) {
    std::string address;
    {
        const Listener gone;
        address = gone.address();
    }
    const auto connected = stream().connect(address);
    if (connected) {
        ASSERT_TRUE(until([&] { return stream().state() == hal::StreamState::Failed; }));
        EXPECT_EQ(stream().error(), hal::StreamError::Refused);
    } else {
        EXPECT_EQ(connected.error(), hal::StreamError::Refused);
    }
}

TEST_F(PosixStreamTest, a_cut_line_fails_what_is_open_and_refuses_what_is_new) {
    Listener listener;
    ASSERT_TRUE(stream().connect(listener.address()));
    ASSERT_TRUE(until([&] { return stream().state() == hal::StreamState::Open; }));
    posix_.set_line(true, {});
    EXPECT_EQ(stream().state(), hal::StreamState::Failed);
    EXPECT_EQ(stream().error(), hal::StreamError::Unreachable);
    stream().close();
    EXPECT_EQ(stream().connect(listener.address()).error(), hal::StreamError::Unreachable);
    posix_.set_line(false, {});
    EXPECT_TRUE(stream().connect(listener.address()));
}

TEST_F(PosixStreamTest, a_slow_line_holds_back_what_is_received) {
    Listener listener;
    posix_.set_line(false, std::chrono::milliseconds(30));
    ASSERT_TRUE(stream().connect(listener.address()));
    ASSERT_TRUE(until([&] { return stream().state() == hal::StreamState::Open; }));
    const int peer = listener.accept();
    const auto sent = std::chrono::steady_clock::now();
    ASSERT_EQ(::send(peer, "late", 4, 0), 4);
    std::uint8_t buffer[16];
    ASSERT_TRUE(until([&] { return stream().read(buffer).value_or(0) == 4; }));
    EXPECT_GE(std::chrono::steady_clock::now() - sent, std::chrono::milliseconds(30));
    ::close(peer);
}

TEST_F(PosixStreamTest, rejects_addresses_without_a_port_and_names) {
    for (const char* address :
         {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", ":80", "127.0.0.1:8x"}) {
        EXPECT_EQ(stream().connect(address).error(), hal::StreamError::BadAddress) << address;
    }
    EXPECT_EQ(stream().connect("gateway.example:8443").error(), hal::StreamError::NotResolved);
    EXPECT_EQ(stream().state(), hal::StreamState::Closed);
}

}  // namespace
}  // namespace wasmbed::sim
