// Devices without certificates: TLS by a pre-shared key.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/gateway/psk_hello.hpp"
#include "services/gateway/testing/tls_client.hpp"
#include "services/gateway/tls.hpp"

namespace wasmbed::gateway {
namespace {

using testing::TestPki;
using testing::TlsClient;
using testing::TlsClientOptions;

const std::string kKey(32, 'k');
constexpr char kUid[] = "0f8fad5b-d9cb-469f-a165-70867728950e";

TEST(PskHello, reads_the_first_identity_and_nothing_else) {
    const std::vector<std::uint8_t> extension{0, 9, 0, 3, 'u', 'i', 'd', 0, 0, 0, 0, 0, 33, 32};
    EXPECT_EQ(offered_psk_identity(extension), "uid");
    EXPECT_EQ(offered_psk_identity(Bytes(extension).first(6)), "");
    EXPECT_EQ(offered_psk_identity({}), "");
    EXPECT_EQ(offered_psk_identity(std::vector<std::uint8_t>{0, 9, 0, 3, 'u', 0, 'd'}), "");
    std::vector<std::uint8_t> long_one{0, 99, 0, 37};
    long_one.resize(4 + 37, 'x');
    EXPECT_EQ(offered_psk_identity(long_one), "");
}

class PskTest : public ::testing::Test {
  protected:
    // Until the server waits for a key, or nothing more is said.
    void exchange(TlsClient& client) {
        for (auto bytes = client.take_output(); !bytes.empty(); bytes = client.take_output()) hear(client, bytes);
    }
    void hear(TlsClient& client, Bytes bytes) {
        std::vector<std::uint8_t> output;
        state_ = connection_->receive(bytes, received_, output);
        client.receive(output);
    }
    void answer(TlsClient& client, std::string_view key) {
        connection_->answer_psk(bytes_of(key));
        hear(client, {});
        exchange(client);
    }
    static TlsClientOptions device(const std::string& key) { return {.psk_identity = kUid, .psk = key}; }

    TestPki pki_;
    std::unique_ptr<TlsServer> server_ =
        std::move(*make_openssl_server({.certificate_chain = pki_.gateway.to_pem(),
                                        .private_key = pki_.gateway_key.to_pem(),
                                        .device_roots = pki_.device_ca.certificate().to_pem()}));
    std::unique_ptr<TlsConnection> connection_ = server_->accept();
    TlsState state_ = TlsState::handshaking;
    std::vector<std::uint8_t> received_;
};

TEST_F(PskTest, a_device_with_the_right_key_gets_a_session_and_small_records) {
    TlsClient client{device(kKey)};
    exchange(client);
    ASSERT_EQ(connection_->wanted_psk(), kUid);
    EXPECT_EQ(state_, TlsState::handshaking);
    answer(client, kKey);
    ASSERT_EQ(state_, TlsState::open) << connection_->error() << client.error();
    EXPECT_EQ(connection_->peer().device_uid, kUid);
    EXPECT_TRUE(connection_->peer().psk);
    EXPECT_EQ(connection_->wanted_psk(), "");
    EXPECT_EQ(client.alpn(), "wasmbed/1");

    client.send(bytes_of("hello"));
    exchange(client);
    EXPECT_EQ(text_of(received_), "hello");
    std::vector<std::uint8_t> output;
    ASSERT_TRUE(connection_->send(std::vector<std::uint8_t>(2000, 'x'), output));
    client.receive(output);
    EXPECT_EQ(client.take_plaintext().size(), 2000U);
    EXPECT_LE(client.largest_record(), 512U + 22U);
}

TEST_F(PskTest, a_wrong_key_is_refused) {
    TlsClient client{device(std::string(32, 'w'))};
    exchange(client);
    answer(client, kKey);
    EXPECT_EQ(state_, TlsState::failed);
    EXPECT_TRUE(client.failed());
}

TEST_F(PskTest, without_such_a_key_a_certificate_is_needed) {
    TlsClient client{device(kKey)};
    exchange(client);
    answer(client, "");
    EXPECT_EQ(state_, TlsState::failed);
    EXPECT_EQ(connection_->failure(), TlsFailure::no_certificate);
}

TEST_F(PskTest, enrollment_takes_no_pre_shared_key) {
    TlsClientOptions options = device(kKey);
    options.alpn = "wasmbed-enroll/1";
    TlsClient client{options};
    exchange(client);
    EXPECT_EQ(connection_->wanted_psk(), "");
    EXPECT_FALSE(connection_->peer().psk);
}

}  // namespace
}  // namespace wasmbed::gateway
