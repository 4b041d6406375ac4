// The sim board against the contracts that every board's parts fulfil, and its stream against a real socket.
#include "device/boards/sim/sim_board.hpp"

#include <arpa/inet.h>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

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
    SimIdle sim_idle{sim_clock, stream};
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
    SimIdle idle_{clock_, posix_};
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
