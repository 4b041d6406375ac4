#include "device/runtime/transport/tls_client.hpp"

#include <array>
#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <optional>
#include <string>

#include "device/runtime/crypto/psa_crypto.hpp"
#include "device/runtime/crypto/testing/test_psa.hpp"
#include "device/runtime/transport/testing/openssl_peer.hpp"

namespace wasmbed::transport {
namespace {

constexpr int kPollsMax = 20000;  // byte by byte, a handshake takes some thousand

// OpenSSL's view of a public key of ours, to have it certified.
EVP_PKEY* openssl_key(const P256PublicKey& point) {
    OSSL_PARAM_BLD* build = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
    OSSL_PARAM* params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr);
    EVP_PKEY* key = nullptr;
    EVP_PKEY_fromdata_init(context);
    EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    return key;
}

class TlsClientTest : public testing::Test {
  protected:
    TlsClientTest() {
        crypto::start_test_psa();
        key_.emplace(std::move(*crypto::P256Key::generate()));
        EVP_PKEY* key = openssl_key(key_->public_key());
        device_.emplace("device-uid", &device_ca_, "URI:wasmbed:device:device-uid", key);
        EVP_PKEY_free(key);
        root_der_ = service_ca_.der();
        chain_der_ = device_->der();
        root_ = root_der_;
        chain_ = chain_der_;
    }

    TlsOptions mutual() const {
        return {.address = "10.0.2.2:8443",
                .alpn = "wasmbed/1",
                .roots = {&root_, 1},
                .chain = {&chain_, 1},
                .key = &*key_};
    }
    TlsOptions anonymous() const {
        return {.address = "10.0.2.2:8443", .alpn = "wasmbed-enroll/1", .roots = {&root_, 1}};
    }

    static TlsState run(TlsClient& client) {
        for (int i = 0; i < kPollsMax; ++i) {
            const TlsState state = client.poll();
            if (state != TlsState::Connecting && state != TlsState::Handshaking) return state;
        }
        return client.state();
    }

    // Reads until `size` bytes came, the session ended or nothing comes any more.
    static std::string read(TlsClient& client, std::size_t size) {
        std::string text;
        std::array<std::uint8_t, 700> buffer;
        for (int i = 0; i < kPollsMax && text.size() < size && client.state() == TlsState::Open; ++i) {
            const auto count = client.read(buffer);
            if (!count) break;
            text.append(wasmbed::text_of(Bytes(buffer).first(*count)));
        }
        return text;
    }

    static TlsError error_against(const PeerOptions& peer_options, const TlsOptions& options) {
        OpensslPeer peer(peer_options);
        TlsClient client(peer);
        if (client.start(options)) run(client);
        // A refusal of our certificate arrives after our side of the handshake is done.
        if (client.state() == TlsState::Open) read(client, 1);
        return client.error();
    }

    TestIdentity service_ca_{"service-ca", nullptr, ""};
    TestIdentity device_ca_{"device-ca", nullptr, ""};
    TestIdentity gateway_{"gateway", &service_ca_, "DNS:localhost,URI:wasmbed:gateway:default/main"};
    std::optional<crypto::P256Key> key_;
    std::optional<TestIdentity> device_;
    Der root_der_;
    Der chain_der_;
    Bytes root_;
    Bytes chain_;
};

TEST_F(TlsClientTest, mutual_session_carries_bytes_both_ways) {
    OpensslPeer peer({.identity = &gateway_, .client_ca = &device_ca_});
    TlsClient client(peer);
    ASSERT_TRUE(client.start(mutual()));
    ASSERT_EQ(run(client), TlsState::Open) << text_of(client.error()) << " " << client.library_code();
    EXPECT_EQ(client.peer_uri(), "wasmbed:gateway:default/main");
    EXPECT_EQ(client.write(bytes_of("hello gateway")), 13U);
    EXPECT_EQ(peer.heard(), "hello gateway");
    EXPECT_EQ(peer.client_subject(), "device-uid");
    const std::string long_text(10000, 'x');
    peer.say(long_text);
    EXPECT_EQ(read(client, long_text.size()), long_text);
    client.close();
    EXPECT_EQ(client.state(), TlsState::Idle);
    EXPECT_TRUE(peer.got_close_notify());
}

TEST_F(TlsClientTest, enrolls_without_a_certificate) {
    OpensslPeer peer({.identity = &gateway_, .alpn = "wasmbed-enroll/1"});
    TlsClient client(peer);
    ASSERT_TRUE(client.start(anonymous()));
    EXPECT_EQ(run(client), TlsState::Open);
}

TEST_F(TlsClientTest, works_over_a_stream_that_moves_single_bytes) {
    OpensslPeer peer({.identity = &gateway_, .client_ca = &device_ca_, .stream_bytes_max = 1});
    TlsClient client(peer);
    ASSERT_TRUE(client.start(mutual()));
    ASSERT_EQ(run(client), TlsState::Open);
    EXPECT_EQ(client.write(bytes_of("slow")), 4U);
    for (int i = 0; i < kPollsMax && peer.heard().empty(); ++i) client.poll();
    EXPECT_EQ(peer.heard(), "slow");
}

TEST_F(TlsClientTest, takes_one_record_while_the_stream_stalls_and_sends_it_later) {
    OpensslPeer peer({.identity = &gateway_, .client_ca = &device_ca_});
    TlsClient client(peer);
    ASSERT_TRUE(client.start(mutual()));
    ASSERT_EQ(run(client), TlsState::Open);
    peer.stall(true);
    const std::string text(5000, 'y');
    const auto taken = client.write(bytes_of(text));
    ASSERT_TRUE(taken);
    EXPECT_GT(*taken, TlsClient::kRecordOutBytesMax / 2);
    EXPECT_LE(*taken, TlsClient::kRecordOutBytesMax);
    EXPECT_EQ(client.write(bytes_of("more")), 0U);
    peer.stall(false);
    EXPECT_EQ(client.poll(), TlsState::Open);
    EXPECT_EQ(client.write(bytes_of("more")), 4U);
    EXPECT_EQ(peer.heard(), text.substr(0, *taken) + "more");
}

TEST_F(TlsClientTest, refuses_peers_that_are_not_gateways_of_the_service) {
    const TestIdentity stranger("gateway", &device_ca_, "URI:wasmbed:gateway:default/main");
    EXPECT_EQ(error_against({.identity = &stranger}, mutual()), TlsError::UntrustedPeer);
    const TestIdentity web("web", &service_ca_, "DNS:localhost,URI:wasmbed:device:x");
    EXPECT_EQ(error_against({.identity = &web}, mutual()), TlsError::WrongPeerRole);
    const TestIdentity nameless("gateway", &service_ca_, "");
    EXPECT_EQ(error_against({.identity = &nameless}, mutual()), TlsError::WrongPeerRole);
    const TestIdentity in_dns("gateway", &service_ca_, "DNS:wasmbed.gateway");
    EXPECT_EQ(error_against({.identity = &in_dns}, mutual()), TlsError::WrongPeerRole);
}

TEST_F(TlsClientTest, refuses_peers_with_another_protocol) {
    EXPECT_EQ(error_against({.identity = &gateway_, .alpn = "h2"}, mutual()), TlsError::AlpnMismatch);
    EXPECT_EQ(error_against({.identity = &gateway_, .alpn = ""}, mutual()), TlsError::AlpnMismatch);
    const TlsError old = error_against({.identity = &gateway_, .tls_version = TLS1_2_VERSION}, mutual());
    EXPECT_TRUE(old == TlsError::RefusedByPeer || old == TlsError::ProtocolError) << text_of(old);
}

TEST_F(TlsClientTest, says_which_alert_the_peer_refused_with) {
    OpensslPeer peer({.identity = &gateway_, .client_ca = &device_ca_});
    TlsClient client(peer);
    TlsOptions options = anonymous();
    options.alpn = "wasmbed/1";
    ASSERT_TRUE(client.start(options));
    run(client);
    if (client.state() == TlsState::Open) read(client, 1);
    EXPECT_EQ(client.error(), TlsError::RefusedByPeer);
    EXPECT_EQ(client.alert(), 116);  // certificate_required
}

TEST_F(TlsClientTest, refuses_own_credentials_that_cannot_work) {
    TlsOptions options = mutual();
    const auto other = crypto::P256Key::generate();
    options.key = &*other;
    EXPECT_EQ(error_against({.identity = &gateway_}, options), TlsError::BadOwnKey);
    options = mutual();
    options.key = nullptr;
    EXPECT_EQ(error_against({.identity = &gateway_}, options), TlsError::BadOwnKey);
    const Bytes cut = chain_.first(50);
    options.chain = {&cut, 1};
    EXPECT_EQ(error_against({.identity = &gateway_}, options), TlsError::BadOwnCertificate);
    options = mutual();
    options.roots = {&cut, 1};
    EXPECT_EQ(error_against({.identity = &gateway_}, options), TlsError::BadRoots);
    options.roots = {};
    EXPECT_EQ(error_against({.identity = &gateway_}, options), TlsError::BadRoots);
    options = mutual();
    options.address = "nowhere";
    EXPECT_EQ(error_against({.identity = &gateway_}, options), TlsError::Stream);
}

TEST_F(TlsClientTest, refuses_records_over_the_limit) {
    OpensslPeer peer({.identity = &gateway_, .client_ca = &device_ca_, .record_bytes = 8192});
    TlsClient client(peer);
    ASSERT_TRUE(client.start(mutual()));
    ASSERT_EQ(run(client), TlsState::Open);
    peer.say(std::string(8192, 'x'));
    EXPECT_EQ(read(client, 1), "");
    EXPECT_EQ(client.error(), TlsError::RecordTooLarge);
}

TEST_F(TlsClientTest, tells_an_orderly_end_from_a_cut) {
    for (const bool orderly : {true, false}) {
        OpensslPeer peer({.identity = &gateway_, .client_ca = &device_ca_});
        TlsClient client(peer);
        ASSERT_TRUE(client.start(mutual()));
        ASSERT_EQ(run(client), TlsState::Open);
        peer.say("last words");
        if (orderly) peer.close_notify();
        EXPECT_EQ(read(client, 10), "last words");
        if (!orderly) peer.cut();
        read(client, 1);
        EXPECT_EQ(client.state(), orderly ? TlsState::Closed : TlsState::Failed);
        EXPECT_EQ(client.error(), orderly ? TlsError::None : TlsError::PeerGone);
        EXPECT_EQ(client.write(bytes_of("x")).error(), TlsError::NotOpen);
    }
}

TEST_F(TlsClientTest, gives_all_memory_back_however_a_session_ends) {
    for (int i = 0; i < 30; ++i) {
        EXPECT_EQ(
            error_against({.identity = &gateway_, .alpn = i % 2 == 0 ? "wasmbed/1" : "h2", .stream_bytes_max = 100},
                          mutual()),
            i % 2 == 0 ? TlsError::None : TlsError::AlpnMismatch);
    }
    const crypto::ArenaUse use = crypto::arena_use();
    EXPECT_LT(use.peak, use.size);
    RecordProperty("arena_peak_bytes", static_cast<int>(use.peak));
    // A stopped handshake gives its memory back too.
    OpensslPeer peer({.identity = &gateway_});
    for (int i = 0; i < 30; ++i) {
        TlsClient client(peer);
        ASSERT_TRUE(client.start(mutual()));
        client.poll();
        client.poll();
    }
}

}  // namespace
}  // namespace wasmbed::transport
