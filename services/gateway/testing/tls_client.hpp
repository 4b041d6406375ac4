// A device's TLS client on OpenSSL, for tests: bytes in, bytes out, every setting of a misbehaving client reachable.
#pragma once

#include <openssl/ssl.h>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"
#include "host/pki/certificate.hpp"

namespace wasmbed::gateway::testing {

struct TlsClientOptions {
    std::string alpn = "wasmbed/1";    ///< empty: the extension is left out
    std::string roots_pem = {};        ///< whom the client trusts; empty: anyone
    std::string certificate_pem = {};  ///< chain; empty: none
    std::string key_pem = {};
    std::string psk_identity = {};  ///< empty: no pre-shared key is offered
    std::string psk = {};
    int version_max = TLS1_3_VERSION;
};

/// Client side of one connection, without a socket.
class TlsClient {
  public:
    explicit TlsClient(const TlsClientOptions& options);
    ~TlsClient();
    TlsClient(const TlsClient&) = delete;

    /// Takes ciphertext from the server, advances the handshake, decrypts into `plaintext`.
    void receive(Bytes ciphertext);
    void send(Bytes plaintext);

    /// Ciphertext for the server, taken out.
    std::vector<std::uint8_t> take_output();
    /// Plaintext that has arrived, taken out.
    std::vector<std::uint8_t> take_plaintext() { return std::exchange(plaintext_, {}); }

    bool handshake_done() const;
    bool failed() const { return failed_; }
    /// Reason of the failure in OpenSSL's words: "tlsv1 alert unknown ca".
    const std::string& error() const { return error_; }
    bool closed_by_server() const;
    std::string alpn() const;
    /// Size of the largest TLS record received, as on the wire.
    std::size_t largest_record() const { return largest_record_; }

  private:
    void advance();
    void note_records(Bytes ciphertext);

    static int use_psk(SSL* ssl, const EVP_MD* digest, const unsigned char** identity, std::size_t* size,
                       SSL_SESSION** session);

    std::string psk_identity_, psk_;
    SSL_CTX* context_;
    SSL* ssl_;
    BIO* in_;
    BIO* out_;
    std::vector<std::uint8_t> plaintext_, stream_;
    std::size_t largest_record_ = 0;
    bool failed_ = false;
    std::string error_;
};

/// CAs and certificates of one test: a device CA, a service CA, a gateway.
struct TestPki {
    TestPki();

    pki::Authority device_ca, service_ca;
    pki::PrivateKey gateway_key;
    pki::Certificate gateway;

    struct Identity {
        pki::PrivateKey key;
        pki::Certificate certificate;
    };
    /// A new key with a certificate of `issuer`.
    static Identity issue(const pki::Authority& issuer, const pki::Profile& profile, pki::SystemTime now);
    static pki::SystemTime now();
};

}  // namespace wasmbed::gateway::testing
