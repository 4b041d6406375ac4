// A TLS server by OpenSSL behind a hal::Stream, in memory: what a gateway is to the client under test.
#pragma once

#include <cstdint>
#include <memory>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string>
#include <vector>

#include "device/hal/stream.hpp"

namespace wasmbed::transport {

using Der = std::vector<std::uint8_t>;

/// A key with its certificate; a CA when it signs others.
class TestIdentity {
  public:
    /// Signed by `issuer`, or by itself without one. `san` as OpenSSL writes it ("URI:wasmbed:gateway:a/b"), empty for
    /// none. `key`: take this one instead of making one (takes a reference).
    TestIdentity(const std::string& name, const TestIdentity* issuer, const std::string& san, EVP_PKEY* key = nullptr);
    ~TestIdentity();
    TestIdentity(const TestIdentity&) = delete;
    TestIdentity& operator=(const TestIdentity&) = delete;

    [[nodiscard]] Der der() const;
    [[nodiscard]] X509* certificate() const { return certificate_; }
    [[nodiscard]] EVP_PKEY* key() const { return key_; }

  private:
    EVP_PKEY* key_;
    X509* certificate_;
};

struct PeerOptions {
    const TestIdentity* identity = nullptr;
    const TestIdentity* client_ca = nullptr;  ///< set: a client certificate signed by it is demanded
    std::string alpn = "wasmbed/1";           ///< empty: the server ignores ALPN
    int tls_version = TLS1_3_VERSION;
    std::size_t stream_bytes_max = SIZE_MAX;  ///< what one read or write of the stream moves at most
    std::size_t record_bytes = 2048;          ///< largest plaintext record the server makes
};

class OpensslPeer final : public hal::Stream {
  public:
    explicit OpensslPeer(const PeerOptions& options);
    ~OpensslPeer();
    OpensslPeer(const OpensslPeer&) = delete;
    OpensslPeer& operator=(const OpensslPeer&) = delete;

    /// Plaintext to the client, in records of `record_bytes`.
    void say(const std::string& text);
    void close_notify();
    /// The connection breaks: the client finds the end of the stream.
    void cut() { cut_ = true; }
    /// Nothing the client sends is taken any more.
    void stall(bool on) { stalled_ = on; }
    /// Plaintext received so far.
    [[nodiscard]] const std::string& heard() const { return heard_; }
    [[nodiscard]] bool got_close_notify() const { return (SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0; }
    [[nodiscard]] std::string client_subject() const;

  private:
    Result<void, hal::StreamError> do_connect(std::string_view address) override;
    hal::StreamState do_state() const override { return state_; }
    hal::StreamError do_error() const override { return hal::StreamError::None; }
    Result<std::size_t, hal::StreamError> do_read(MutableBytes out) override;
    Result<std::size_t, hal::StreamError> do_write(Bytes data) override;
    void do_close() override { state_ = hal::StreamState::Closed; }
    void run();

    PeerOptions options_;
    SSL_CTX* context_;
    SSL* ssl_;
    hal::StreamState state_ = hal::StreamState::Closed;
    std::string heard_;
    bool cut_ = false;
    bool stalled_ = false;
};

}  // namespace wasmbed::transport
