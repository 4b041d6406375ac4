#include "services/gateway/device_port.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <thread>

#include "services/gateway/metrics.hpp"
#include "services/gateway/testing/tls_socket.hpp"

namespace wasmbed::gateway {
namespace {

using testing::kPatience;
using testing::LoopbackSocket;
using testing::TestPki;
using testing::TlsClientOptions;
using testing::TlsSocket;

/// Sends back what it gets; "bye" closes, "later" sets a deadline whose coming is reported, "flood" sends a megabyte.
class EchoHandler final : public DeviceHandler {
  public:
    EchoHandler(DeviceChannel& channel, std::vector<std::string>& closed) : channel_(channel), closed_(closed) {}

    void received(Bytes plaintext) override {
        const std::string_view text = text_of(plaintext);
        if (text == "bye") return channel_.close("asked to");
        if (text == "later") return channel_.set_deadline(std::chrono::milliseconds{10});
        if (text.starts_with("flood")) {
            const std::vector<std::uint8_t> data(1024 * 1024);
            for (std::size_t i = 0; i < text.size() / 5; ++i) channel_.send(data);
            return;
        }
        // Two sends in one turn: they must leave together.
        channel_.send(plaintext.first(plaintext.size() / 2));
        channel_.send(plaintext.subspan(plaintext.size() / 2));
    }
    void deadline() override { channel_.send(bytes_of("deadline")); }
    void closed(std::string_view reason) override { closed_.emplace_back(reason); }

  private:
    DeviceChannel& channel_;
    std::vector<std::string>& closed_;
};

class DevicePortTest : public ::testing::Test {
  protected:
    void start(const DevicePortLimits& limits = {}) {
        tls_ = make_openssl_server({.certificate_chain = pki_.gateway.to_pem(),
                                    .private_key = pki_.gateway_key.to_pem(),
                                    .device_roots = pki_.device_ca.certificate().to_pem()})
                   .value();
        port_ = std::make_unique<DevicePort>(loop_, *tls_, limits, metrics_, [this](DeviceChannel& channel) {
            return std::make_unique<EchoHandler>(channel, closed_);
        });
        number_ = port_->listen("127.0.0.1:0").value();
        thread_ = std::thread([this] { loop_.run(); });
    }

    template <class F>
    auto on_loop(F function) {
        std::packaged_task<std::invoke_result_t<F>()> task(std::move(function));
        auto result = task.get_future();
        boost::asio::post(loop_, [&task] { task(); });
        return result.get();
    }

    void TearDown() override {
        if (!thread_.joinable()) return;
        on_loop([this] { port_.reset(); });
        work_.reset();
        thread_.join();
    }

    DevicePortCounters counters() {
        return on_loop([this] { return port_->counters(); });
    }
    bool eventually(const std::function<bool()>& condition) {
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            std::this_thread::yield();
        }
        return true;
    }

    TlsClientOptions device() const {
        const auto identity = TestPki::issue(pki_.device_ca, pki::device_profile("uid-1"), TestPki::now());
        return {.certificate_pem = identity.certificate.to_pem(), .key_pem = identity.key.to_pem()};
    }
    static std::string received(TlsSocket& socket, std::size_t size) {
        std::string text;
        socket.run_until([&] {
            text += text_of(socket.tls().take_plaintext());
            return text.size() >= size;
        });
        return text;
    }

    TestPki pki_;
    boost::asio::io_context loop_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{loop_.get_executor()};
    std::unique_ptr<TlsServer> tls_;
    Metrics metrics_;
    std::unique_ptr<DevicePort> port_;
    std::uint16_t number_ = 0;
    std::vector<std::string> closed_;
    std::thread thread_;
};

TEST_F(DevicePortTest, carries_a_session) {
    start();
    TlsSocket socket{number_, device()};
    ASSERT_TRUE(socket.handshake());
    socket.send(bytes_of("hello"));
    EXPECT_EQ(received(socket, 5), "hello");
    socket.send(bytes_of("later"));
    EXPECT_EQ(received(socket, 8), "deadline");
    socket.send(bytes_of("bye"));
    EXPECT_TRUE(socket.wait_closed());
    EXPECT_TRUE(socket.tls().closed_by_server());
    EXPECT_TRUE(eventually([this] { return counters().open == 0; }));
    on_loop([this] { EXPECT_THAT(closed_, ::testing::ElementsAre("asked to")); });
}

TEST_F(DevicePortTest, tells_the_handler_when_the_device_goes) {
    start();
    {
        TlsSocket socket{number_, device()};
        ASSERT_TRUE(socket.handshake());
        socket.send(bytes_of("x"));
        received(socket, 1);
    }
    EXPECT_TRUE(eventually([this] { return on_loop([this] { return closed_.size(); }) == 1; }));
}

TEST_F(DevicePortTest, sends_more_than_the_socket_takes_at_once) {
    start({.output_bytes_max = 4 * 1024 * 1024});
    TlsSocket socket{number_, device()};
    ASSERT_TRUE(socket.handshake());
    socket.send(bytes_of("flood"));
    EXPECT_EQ(received(socket, 1024 * 1024).size(), 1024U * 1024U);
}

TEST_F(DevicePortTest, closes_a_device_that_does_not_read) {
    start({.output_bytes_max = 64 * 1024});
    TlsSocket socket{number_, device()};
    ASSERT_TRUE(socket.handshake());
    for (int i = 0; i < 16 && !socket.closed(); ++i) socket.send(bytes_of("flood"));
    EXPECT_TRUE(eventually([this] { return counters().open == 0; }));
    on_loop([this] { EXPECT_THAT(closed_, ::testing::ElementsAre("the device does not read")); });
}

TEST_F(DevicePortTest, closes_handshakes_that_do_not_end) {
    start({.handshake = std::chrono::milliseconds{50}});
    LoopbackSocket silent{number_};
    LoopbackSocket half{number_};
    half.send(bytes_of("\x16\x03\x01"));
    EXPECT_TRUE(silent.receive(kPatience).empty());
    EXPECT_TRUE(half.receive(kPatience).empty());
    EXPECT_TRUE(silent.closed());
    EXPECT_TRUE(half.closed());
    EXPECT_TRUE(eventually([this] { return counters().open == 0; }));
    EXPECT_EQ(counters().handshakes_failed, 1U);
}

TEST_F(DevicePortTest, garbage_is_closed_and_a_session_beside_it_goes_on) {
    start();
    TlsSocket socket{number_, device()};
    ASSERT_TRUE(socket.handshake());
    LoopbackSocket garbage{number_};
    garbage.send(bytes_of("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    while (!garbage.closed()) garbage.receive(kPatience);
    socket.send(bytes_of("still here"));
    EXPECT_EQ(received(socket, 10), "still here");
}

TEST_F(DevicePortTest, limits_unproven_connections_of_an_address_but_not_sessions) {
    start({.unproven_per_address_max = 2});
    TlsSocket a{number_, device()}, b{number_, device()};
    ASSERT_TRUE(a.handshake() && b.handshake());
    a.send(bytes_of("x")), b.send(bytes_of("x"));
    ASSERT_EQ(received(a, 1) + received(b, 1), "xx");
    LoopbackSocket first{number_}, second{number_}, third{number_};
    EXPECT_TRUE(third.receive(kPatience).empty());
    EXPECT_TRUE(third.closed());
    EXPECT_EQ(counters().refused_limit, 1U);
    EXPECT_EQ(counters().open, 4U);
}

TEST_F(DevicePortTest, a_handshake_beyond_the_limit_waits_for_its_turn) {
    start({.handshakes_max = 1});
    auto half = std::make_unique<LoopbackSocket>(number_);
    half->send(bytes_of("\x16"));
    ASSERT_TRUE(eventually([this] { return counters().handshaking == 1; }));
    TlsSocket socket{number_, device()};
    EXPECT_FALSE(socket.run_until([&] { return socket.tls().handshake_done(); }, std::chrono::milliseconds{50}));
    half.reset();
    EXPECT_TRUE(socket.handshake());
}

TEST_F(DevicePortTest, survives_running_out_of_file_descriptors) {
    start();
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    std::vector<int> fill;
    auto client = std::make_unique<LoopbackSocket>(number_);
    ASSERT_TRUE(eventually([this] { return counters().open == 1; }));
    rlimit low{64, before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &low);
    for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) fill.push_back(fd);
    ASSERT_FALSE(fill.empty());
    ::close(fill.back());
    fill.pop_back();
    LoopbackSocket waits{number_};  // takes the last descriptor, so that accept has none
    const auto accepted = counters().accepted;
    for (const int fd : fill) ::close(fd);
    setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_TRUE(eventually([&] { return counters().accepted > accepted || counters().open == 2; }));
}

TEST_F(DevicePortTest, says_why_it_cannot_listen) {
    start();
    using ::testing::HasSubstr;
    on_loop([this] {
        DevicePort other{loop_, *tls_, {}, metrics_, {}};
        EXPECT_THAT(other.listen("127.0.0.1:" + std::to_string(number_)).error(), HasSubstr("in use"));
        EXPECT_THAT(other.listen("localhost:1").error(), HasSubstr("not a numeric address"));
        EXPECT_THAT(other.listen("127.0.0.1").error(), HasSubstr("host:port"));
        EXPECT_THAT(other.listen("127.0.0.1:70000").error(), HasSubstr("not a port"));
    });
}

}  // namespace
}  // namespace wasmbed::gateway
