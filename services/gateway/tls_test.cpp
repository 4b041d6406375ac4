#include "services/gateway/tls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "services/gateway/testing/tls_client.hpp"

namespace wasmbed::gateway {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;
using testing::TestPki;
using testing::TlsClient;
using testing::TlsClientOptions;

class TlsTest : public ::testing::Test {
  protected:
    void SetUp() override {
        auto server = make_openssl_server({.certificate_chain = pki_.gateway.to_pem(),
                                           .private_key = pki_.gateway_key.to_pem(),
                                           .device_roots = pki_.device_ca.certificate().to_pem()});
        ASSERT_TRUE(server.has_value()) << server.error().message;
        server_ = std::move(*server);
    }

    TlsClientOptions device(const TestPki::Identity& identity) const {
        return {.roots_pem = pki_.service_ca.certificate().to_pem(),
                .certificate_pem = identity.certificate.to_pem(),
                .key_pem = identity.key.to_pem()};
    }
    TestPki::Identity device_identity() const {
        return TestPki::issue(pki_.device_ca, pki::device_profile("uid-1"), TestPki::now());
    }

    /// Carries bytes both ways until neither side has any left.
    void exchange(TlsClient& client) {
        for (auto bytes = client.take_output(); !bytes.empty(); bytes = client.take_output()) {
            std::vector<std::uint8_t> output;
            state_ = connection_->receive(bytes, received_, output);
            client.receive(output);
        }
    }

    void connect(TlsClient& client) {
        connection_ = server_->accept();
        exchange(client);
    }

    void expect_refused(const TlsClientOptions& options, const char* server_says, const char* client_hears) {
        TlsClient client{options};
        connect(client);
        EXPECT_EQ(state_, TlsState::failed);
        EXPECT_THAT(connection_->error(), HasSubstr(server_says));
        EXPECT_TRUE(client.failed());
        EXPECT_THAT(client.error(), HasSubstr(client_hears));
    }

    TestPki pki_;
    std::unique_ptr<TlsServer> server_;
    std::unique_ptr<TlsConnection> connection_;
    TlsState state_ = TlsState::handshaking;
    std::vector<std::uint8_t> received_;
};

TEST_F(TlsTest, accepts_an_enrolled_device_and_says_who_it_is) {
    const auto identity = device_identity();
    TlsClient client{device(identity)};
    connect(client);
    EXPECT_EQ(state_, TlsState::open);
    EXPECT_TRUE(client.handshake_done());
    EXPECT_EQ(client.alpn(), "wasmbed/1");
    EXPECT_EQ(connection_->peer().protocol, Protocol::session);
    EXPECT_EQ(connection_->peer().device_uid, "uid-1");
    EXPECT_EQ(connection_->peer().serial, identity.certificate.serial());
    EXPECT_EQ(connection_->peer().public_key_sha256, identity.key.public_key().spki_sha256());
    EXPECT_THAT(connection_->peer().cipher, HasSubstr("TLS_"));
}

TEST_F(TlsTest, carries_bytes_both_ways) {
    TlsClient client{device(device_identity())};
    connect(client);
    client.send(bytes_of("to the gateway"));
    exchange(client);
    EXPECT_EQ(text_of(received_), "to the gateway");
    std::vector<std::uint8_t> output;
    ASSERT_TRUE(connection_->send(bytes_of("to the device"), output));
    client.receive(output);
    EXPECT_EQ(text_of(client.take_plaintext()), "to the device");
}

TEST_F(TlsTest, takes_a_handshake_byte_by_byte) {
    TlsClient client{device(device_identity())};
    connection_ = server_->accept();
    for (auto bytes = client.take_output(); !bytes.empty(); bytes = client.take_output()) {
        for (const std::uint8_t byte : bytes) {
            std::vector<std::uint8_t> output;
            state_ = connection_->receive({&byte, 1}, received_, output);
            client.receive(output);
        }
    }
    EXPECT_EQ(state_, TlsState::open);
}

TEST_F(TlsTest, enrollment_needs_no_client_certificate) {
    TlsClient client{{.alpn = "wasmbed-enroll/1", .roots_pem = pki_.service_ca.certificate().to_pem()}};
    connect(client);
    EXPECT_EQ(state_, TlsState::open);
    EXPECT_EQ(client.alpn(), "wasmbed-enroll/1");
    EXPECT_EQ(connection_->peer().protocol, Protocol::enroll);
    EXPECT_EQ(connection_->peer().device_uid, "");
}

TEST_F(TlsTest, refuses_a_session_without_client_certificate) {
    expect_refused({}, "peer did not return a certificate", "certificate required");
}

TEST_F(TlsTest, refuses_a_certificate_of_a_foreign_ca) {
    const TestPki foreign;
    expect_refused(device(TestPki::issue(foreign.device_ca, pki::device_profile("uid-1"), TestPki::now())),
                   "unable to get local issuer", "unknown ca");
}

/// A certificate that signs itself, with a key that no device has.
TlsClientOptions rsa_client() {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_RSA_gen(2048), EVP_PKEY_free};
    const std::unique_ptr<X509, decltype(&X509_free)> certificate{X509_new(), X509_free};
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    const std::unique_ptr<BIO, decltype(&BIO_free)> text{BIO_new(BIO_s_mem()), BIO_free};
    const auto take = [&text] {
        std::string pem(std::size_t(BIO_pending(text.get())), ' ');
        BIO_read(text.get(), pem.data(), int(pem.size()));
        return pem;
    };
    TlsClientOptions options;
    PEM_write_bio_X509(text.get(), certificate.get());
    options.certificate_pem = take();
    PEM_write_bio_PrivateKey(text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    options.key_pem = take();
    return options;
}

TEST_F(TlsTest, refuses_a_certificate_with_another_kind_of_key) {
    TlsClient client{rsa_client()};
    connect(client);
    EXPECT_EQ(state_, TlsState::failed);
    EXPECT_NE(connection_->error(), "");
    EXPECT_TRUE(client.failed());
    TlsClient good{device(device_identity())};
    connect(good);
    EXPECT_EQ(state_, TlsState::open);
}

TEST_F(TlsTest, refuses_a_gateway_certificate_in_a_devices_place) {
    const TlsClientOptions options{.certificate_pem = pki_.gateway.to_pem(), .key_pem = pki_.gateway_key.to_pem()};
    expect_refused(options, "unable to get local issuer", "unknown ca");
}

TEST_F(TlsTest, refuses_a_device_ca_certificate_with_another_role) {
    pki::Profile profile = pki::gateway_profile("wasmbed", "default");
    expect_refused(device(TestPki::issue(pki_.device_ca, profile, TestPki::now())), "not a device's", "alert");
    profile.uris = {"wasmbed:device:uid-1", "wasmbed:gateway:wasmbed/default"};
    expect_refused(device(TestPki::issue(pki_.device_ca, profile, TestPki::now())), "not a device's", "alert");
    profile.uris = {};
    expect_refused(device(TestPki::issue(pki_.device_ca, profile, TestPki::now())), "not a device's", "alert");
}

TEST_F(TlsTest, refuses_a_device_certificate_that_may_not_be_a_client) {
    pki::Profile profile = pki::device_profile("uid-1");
    profile.client_auth = false;
    profile.server_auth = true;
    expect_refused(device(TestPki::issue(pki_.device_ca, profile, TestPki::now())), "purpose", "alert");
}

TEST_F(TlsTest, refuses_an_expired_certificate) {
    const auto long_ago = TestPki::now() - std::chrono::days{30};
    pki::Profile profile = pki::device_profile("uid-1");
    profile.validity = std::chrono::days{1};
    expect_refused(device(TestPki::issue(pki_.device_ca, profile, long_ago)), "has expired", "certificate expired");
}

TEST_F(TlsTest, refuses_a_certificate_that_is_not_valid_yet) {
    const auto later = TestPki::now() + std::chrono::days{30};
    expect_refused(device(TestPki::issue(pki_.device_ca, pki::device_profile("uid-1"), later)), "not yet valid",
                   "bad certificate");
}

TEST_F(TlsTest, refuses_tls_1_2) {
    TlsClientOptions options = device(device_identity());
    options.version_max = TLS1_2_VERSION;
    expect_refused(options, "unsupported protocol", "protocol version");
}

TEST_F(TlsTest, refuses_other_application_protocols) {
    TlsClientOptions options = device(device_identity());
    options.alpn = "http/1.1";
    expect_refused(options, "ALPN", "no application protocol");
    options.alpn = "";
    expect_refused(options, "ALPN", "no application protocol");
}

TEST_F(TlsTest, garbage_instead_of_a_hello_fails) {
    connection_ = server_->accept();
    std::vector<std::uint8_t> output;
    EXPECT_EQ(connection_->receive(bytes_of("GET / HTTP/1.1\r\n\r\n"), received_, output), TlsState::failed);
    EXPECT_EQ(connection_->receive(bytes_of("more"), received_, output), TlsState::failed);
    EXPECT_FALSE(connection_->send(bytes_of("x"), output));
    EXPECT_TRUE(received_.empty());
}

TEST_F(TlsTest, keeps_records_small_until_told_the_devices_limit) {
    constexpr std::size_t kOverhead = 5 + 1 + 16;  // header, content type, tag (RFC 8446 section 5.2)
    TlsClient client{device(device_identity())};
    connect(client);
    const std::vector<std::uint8_t> data(10'000);
    std::vector<std::uint8_t> output;
    ASSERT_TRUE(connection_->send(data, output));
    client.receive(output);
    EXPECT_EQ(client.take_plaintext().size(), data.size());
    EXPECT_LE(client.largest_record(), kRecordBytesBeforeHello + kOverhead);

    connection_->limit_records(512);
    TlsClient other{device(device_identity())};
    connect(other);
    connection_->limit_records(512);
    output.clear();
    const std::size_t handshake_record = other.largest_record();
    ASSERT_TRUE(connection_->send(data, output));
    EXPECT_LE(output.size(), (data.size() / 512 + 1) * (512 + kOverhead));
    EXPECT_GE(output.size() / (512 + kOverhead), data.size() / 512);
    EXPECT_LE(handshake_record, kRecordBytesBeforeHello + kOverhead);
}

TEST_F(TlsTest, close_is_said_in_both_directions) {
    TlsClient client{device(device_identity())};
    connect(client);
    std::vector<std::uint8_t> output;
    connection_->close(output);
    client.receive(output);
    EXPECT_TRUE(client.closed_by_server());
}

TEST_F(TlsTest, connections_of_one_server_do_not_mix) {
    TlsClient a{device(device_identity())}, b{device(device_identity())};
    auto server_a = server_->accept(), server_b = server_->accept();
    std::vector<std::uint8_t> plain_a, plain_b;
    for (int round = 0; round < 8; ++round) {
        std::vector<std::uint8_t> output;
        server_a->receive(a.take_output(), plain_a, output);
        a.receive(output);
        output.clear();
        server_b->receive(b.take_output(), plain_b, output);
        b.receive(output);
        if (round == 4) a.send(bytes_of("from a")), b.send(bytes_of("from b"));
    }
    EXPECT_EQ(text_of(plain_a), "from a");
    EXPECT_EQ(text_of(plain_b), "from b");
}

// A sanitizer's allocator says nothing to mallinfo2.
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
TEST_F(TlsTest, an_idle_connection_keeps_to_its_memory) {
    constexpr std::size_t kConnections = 50;
    constexpr std::size_t kBytesMax = 24 * 1024;  // targets.md, Gateway
    const TlsClientOptions options = device(device_identity());
    std::vector<std::unique_ptr<TlsConnection>> idle;
    for (std::size_t i = 0; i < kConnections; ++i) {
        TlsClient client{options};
        connect(client);
        ASSERT_EQ(state_, TlsState::open);
        idle.push_back(std::move(connection_));
    }
    const std::size_t before = mallinfo2().uordblks;
    idle.clear();
    const std::size_t each = (before - mallinfo2().uordblks) / kConnections;
    RecordProperty("bytes_per_idle_connection", std::to_string(each));
    EXPECT_GT(each, 1024U);  // the figure means something
    EXPECT_LE(each, kBytesMax);
}
#endif

TEST(TlsConfig, names_what_is_wrong_with_the_credentials) {
    const TestPki pki;
    const std::string certificate = pki.gateway.to_pem(), key = pki.gateway_key.to_pem();
    const std::string roots = pki.device_ca.certificate().to_pem();
    EXPECT_THAT(make_openssl_server({"", key, roots}).error().message, HasSubstr("gateway certificate"));
    EXPECT_THAT(make_openssl_server({certificate, "nonsense", roots}).error().message, HasSubstr("private key"));
    EXPECT_THAT(make_openssl_server({certificate, pki.device_ca.key().to_pem(), roots}).error().message,
                HasSubstr("private key"));
    EXPECT_THAT(make_openssl_server({certificate, key, ""}).error().message, HasSubstr("device CA"));
}

}  // namespace
}  // namespace wasmbed::gateway
