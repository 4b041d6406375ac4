#include "services/gateway/serial_port.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <gtest/gtest.h>
#include <thread>

#include "services/gateway/client_hello_finder.hpp"
#include "services/gateway/device_port.hpp"
#include "services/gateway/metrics.hpp"
#include "services/gateway/testing/tls_socket.hpp"

namespace wasmbed::gateway {
namespace {

using testing::kPatience;
using testing::LoopbackSocket;
using testing::TestPki;
using testing::TlsClient;
using Blob = std::vector<std::uint8_t>;

const Blob kHangUp{21, 3, 3, 0, 2, 1, 0};

// How often the beginning of a session is found in `bytes`.
int sessions_in(const Blob& bytes) {
    ClientHelloFinder finder;
    int count = 0;
    for (const std::uint8_t byte : bytes) count += finder.take(byte) ? 1 : 0;
    return count;
}

TEST(ClientHelloFinder, finds_the_hello_of_a_tls_library_wherever_it_stands) {
    TlsClient client({});
    const Blob hello = client.take_output();
    EXPECT_EQ(sessions_in(hello), 1);
    Blob behind_a_cut_record{23, 3, 3, 1, 0, 7, 22, 3};
    behind_a_cut_record.insert(behind_a_cut_record.end(), hello.begin(), hello.end());
    EXPECT_EQ(sessions_in(behind_a_cut_record), 1);
}

TEST(ClientHelloFinder, passes_over_what_only_resembles_one) {
    const Blob head{22, 3, 1, 1, 0, 1, 0, 0, 252, 3, 3};
    EXPECT_EQ(sessions_in(head), 1);
    for (const std::size_t at : {0u, 1u, 2u, 3u, 5u, 6u, 8u, 9u, 10u}) {
        Blob other = head;
        other[at] ^= 0x40;
        EXPECT_EQ(sessions_in(other), 0) << at;
    }
}

/// Says back what it hears; "bye" ends the session.
class EchoHandler final : public DeviceHandler {
  public:
    EchoHandler(DeviceChannel& channel, std::vector<std::string>& closed) : channel_(channel), closed_(closed) {}
    void received(Bytes plaintext) override {
        if (text_of(plaintext) == "bye") return channel_.close("asked to");
        channel_.send(plaintext);
    }
    void deadline() override {}
    void closed(std::string_view reason) override { closed_.emplace_back(reason); }

  private:
    DeviceChannel& channel_;
    std::vector<std::string>& closed_;
};

class SerialPortTest : public ::testing::Test {
  protected:
    void SetUp() override {
        tls_ = make_openssl_server({.certificate_chain = pki_.gateway.to_pem(),
                                    .private_key = pki_.gateway_key.to_pem(),
                                    .device_roots = pki_.device_ca.certificate().to_pem()})
                   .value();
        devices_ = std::make_unique<DevicePort>(loop_, *tls_, DevicePortLimits{}, metrics_, [this](auto& channel) {
            return std::make_unique<EchoHandler>(channel, closed_);
        });
        const std::uint16_t device_port = devices_->listen("127.0.0.1:0").value();
        number_ = serial_.listen("127.0.0.1:0").value();
        serial_.start(tasks_, {boost::asio::ip::address_v4::loopback(), device_port});
        thread_ = std::thread([this] { loop_.run(); });
    }
    void TearDown() override {
        boost::asio::post(loop_, [this] {
            serial_.stop_accepting();
            tasks_.cancel();
            devices_.reset();
        });
        work_.reset();
        thread_.join();
    }

    // What the line says, up to `size` bytes.
    static Blob hear(LoopbackSocket& line, std::size_t size) {
        Blob heard;
        while (heard.size() < size && !line.closed()) {
            const Blob more = line.receive(kPatience);
            if (more.empty()) break;
            heard.insert(heard.end(), more.begin(), more.end());
        }
        return heard;
    }
    static bool run_until(LoopbackSocket& line, TlsClient& device, const std::function<bool()>& done) {
        line.send(device.take_output());
        while (!done() && !device.failed() && !line.closed()) {
            const Blob more = line.receive(kPatience);
            if (more.empty()) return false;
            device.receive(more);
            line.send(device.take_output());
        }
        return done();
    }
    static bool connect(LoopbackSocket& line, TlsClient& device) {
        return run_until(line, device, [&device] { return device.handshake_done(); });
    }
    static std::string ask(LoopbackSocket& line, TlsClient& device, std::string_view text) {
        device.send(bytes_of(text));
        std::string answer;
        run_until(line, device, [&] {
            answer += wasmbed::text_of(device.take_plaintext());
            return answer.size() >= text.size();
        });
        return answer;
    }

    static testing::TlsClientOptions enrolling() { return {.alpn = "wasmbed-enroll/1"}; }

    boost::asio::io_context loop_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{loop_.get_executor()};
    TestPki pki_;
    Metrics metrics_;
    std::vector<std::string> closed_;
    std::unique_ptr<TlsServer> tls_;
    std::unique_ptr<DevicePort> devices_;
    TaskGroup tasks_{loop_};
    SerialPort serial_{loop_};
    std::uint16_t number_ = 0;
    std::thread thread_;
};

TEST_F(SerialPortTest, a_new_line_says_hang_up_and_then_carries_a_session) {
    LoopbackSocket line(number_);
    EXPECT_EQ(hear(line, kHangUp.size()), kHangUp);
    TlsClient device(enrolling());
    ASSERT_TRUE(connect(line, device)) << device.error();
    EXPECT_EQ(ask(line, device, "over the line"), "over the line");
}

TEST_F(SerialPortTest, a_device_that_was_reset_within_a_record_gets_a_new_session_on_the_same_line) {
    LoopbackSocket line(number_);
    EXPECT_EQ(hear(line, kHangUp.size()), kHangUp);
    TlsClient before(enrolling());
    ASSERT_TRUE(connect(line, before)) << before.error();
    before.send(Blob(500, 'x'));
    Blob cut = before.take_output();
    cut.resize(cut.size() / 2);
    line.send(cut);

    TlsClient after(enrolling());
    ASSERT_TRUE(connect(line, after)) << after.error();
    EXPECT_EQ(ask(line, after, "again"), "again");
}

TEST_F(SerialPortTest, says_hang_up_when_the_gateway_ends_a_session) {
    LoopbackSocket line(number_);
    EXPECT_EQ(hear(line, kHangUp.size()), kHangUp);
    TlsClient device(enrolling());
    ASSERT_TRUE(connect(line, device)) << device.error();
    device.send(bytes_of("bye"));
    line.send(device.take_output());
    Blob heard;
    while (heard.size() < kHangUp.size() || !std::equal(kHangUp.rbegin(), kHangUp.rend(), heard.rbegin())) {
        const Blob more = line.receive(kPatience);
        ASSERT_FALSE(more.empty());
        heard.insert(heard.end(), more.begin(), more.end());
    }
    TlsClient next(enrolling());
    EXPECT_TRUE(connect(line, next)) << next.error();
}

TEST_F(SerialPortTest, noise_is_answered_with_hang_up_and_a_cut_line_ends_its_session) {
    {
        LoopbackSocket line(number_);
        EXPECT_EQ(hear(line, kHangUp.size()), kHangUp);
        TlsClient device(enrolling());
        ASSERT_TRUE(connect(line, device)) << device.error();
        EXPECT_EQ(ask(line, device, "x"), "x");
    }
    LoopbackSocket line(number_);
    EXPECT_EQ(hear(line, kHangUp.size()), kHangUp);
    const auto limit = std::chrono::steady_clock::now() + kPatience;
    Blob heard;
    while (heard.empty() && std::chrono::steady_clock::now() < limit) {
        line.send(bytes_of("noise"));
        heard = line.receive(std::chrono::milliseconds{100});
    }
    EXPECT_EQ(heard, kHangUp);
}

TEST_F(SerialPortTest, an_address_that_is_none_is_refused) {
    SerialPort other(loop_);
    for (const char* address : {"", "8444", "localhost:8444", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000"}) {
        EXPECT_FALSE(other.listen(address)) << address;
    }
    EXPECT_FALSE(other.listen("127.0.0.1:" + std::to_string(number_)));
}

}  // namespace
}  // namespace wasmbed::gateway
