#include "services/gateway/testing/tls_client.hpp"

#include <algorithm>
#include <array>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdexcept>

namespace wasmbed::gateway::testing {
namespace {

template <class T>
T must(pki::PkiResult<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
}

void load_identity(SSL_CTX* context, const TlsClientOptions& options) {
    if (options.certificate_pem.empty()) return;
    BIO* certificate_text = BIO_new_mem_buf(options.certificate_pem.data(), int(options.certificate_pem.size()));
    X509* certificate = PEM_read_bio_X509(certificate_text, nullptr, nullptr, nullptr);
    BIO* key_text = BIO_new_mem_buf(options.key_pem.data(), int(options.key_pem.size()));
    EVP_PKEY* key = PEM_read_bio_PrivateKey(key_text, nullptr, nullptr, nullptr);
    if (SSL_CTX_use_certificate(context, certificate) != 1 || SSL_CTX_use_PrivateKey(context, key) != 1) {
        throw std::runtime_error("the test's own certificate or key does not load");
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
    BIO_free(certificate_text);
    BIO_free(key_text);
}

void load_roots(SSL_CTX* context, const std::string& pem) {
    if (pem.empty()) return;
    BIO* text = BIO_new_mem_buf(pem.data(), int(pem.size()));
    X509* root = PEM_read_bio_X509(text, nullptr, nullptr, nullptr);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), root);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    X509_free(root);
    BIO_free(text);
}

}  // namespace

int TlsClient::use_psk(SSL* ssl, const EVP_MD*, const unsigned char** identity, std::size_t* size,
                       SSL_SESSION** session) {
    const auto& self = *static_cast<TlsClient*>(SSL_get_app_data(ssl));
    constexpr unsigned char kAes128GcmSha256[] = {0x13, 0x01};
    *session = SSL_SESSION_new();
    SSL_SESSION_set1_master_key(*session, bytes_of(self.psk_).data(), self.psk_.size());
    SSL_SESSION_set_cipher(*session, SSL_CIPHER_find(ssl, kAes128GcmSha256));
    SSL_SESSION_set_protocol_version(*session, TLS1_3_VERSION);
    *identity = bytes_of(self.psk_identity_).data();
    *size = self.psk_identity_.size();
    return 1;
}

TlsClient::TlsClient(const TlsClientOptions& options)
    : psk_identity_(options.psk_identity), psk_(options.psk), context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_max_proto_version(context_, options.version_max);
    load_identity(context_, options);
    load_roots(context_, options.roots_pem);
    if (!options.alpn.empty()) {
        const std::string list = std::string(1, char(options.alpn.size())) + options.alpn;
        SSL_CTX_set_alpn_protos(context_, bytes_of(list).data(), unsigned(list.size()));
    }
    if (!psk_identity_.empty()) {
        SSL_CTX_set_psk_use_session_callback(context_, use_psk);
        SSL_CTX_set_ciphersuites(context_,
                                 "TLS_AES_128_GCM_SHA256");  // a key is for one hash, and devices have one suite
    }
    ssl_ = SSL_new(context_);
    SSL_set_app_data(ssl_, this);
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_, in_, out_);
    SSL_set_connect_state(ssl_);
    advance();
}

TlsClient::~TlsClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
}

void TlsClient::receive(Bytes ciphertext) {
    note_records(ciphertext);
    BIO_write(in_, ciphertext.data(), int(ciphertext.size()));
    advance();
}

void TlsClient::send(Bytes plaintext) {
    if (SSL_write(ssl_, plaintext.data(), int(plaintext.size())) <= 0)
        throw std::runtime_error("TLS client cannot send");
}

void TlsClient::advance() {
    if (failed_) return;
    std::array<std::uint8_t, 16384> buffer;
    for (;;) {
        ERR_clear_error();
        const int got = SSL_read(ssl_, buffer.data(), int(buffer.size()));
        if (got > 0) {
            plaintext_.insert(plaintext_.end(), buffer.begin(), buffer.begin() + got);
            continue;
        }
        const int reason = SSL_get_error(ssl_, got);
        if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_ZERO_RETURN) return;
        failed_ = true;
        const char* text = ERR_reason_error_string(ERR_peek_last_error());
        error_ = text != nullptr ? text : "unknown";
        return;
    }
}

std::vector<std::uint8_t> TlsClient::take_output() {
    std::vector<std::uint8_t> bytes(std::size_t(BIO_pending(out_)));
    if (!bytes.empty()) BIO_read(out_, bytes.data(), int(bytes.size()));
    return bytes;
}

bool TlsClient::handshake_done() const {
    return SSL_is_init_finished(ssl_) == 1;
}
bool TlsClient::closed_by_server() const {
    return (SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0;
}

std::string TlsClient::alpn() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_, &name, &size);
    return std::string(text_of({name, size}));
}

/// A record is a 5-byte header whose last two bytes are the length of what follows (RFC 8446 section 5.1).
void TlsClient::note_records(Bytes ciphertext) {
    stream_.insert(stream_.end(), ciphertext.begin(), ciphertext.end());
    while (stream_.size() >= 5) {
        const std::size_t size = 5 + std::size_t(stream_[3] << 8 | stream_[4]);
        if (stream_.size() < size) return;
        largest_record_ = std::max(largest_record_, size);
        stream_.erase(stream_.begin(), stream_.begin() + std::ptrdiff_t(size));
    }
}

TestPki::TestPki()
    : device_ca(must(pki::Authority::create("wasmbed device CA test", now()))),
      service_ca(must(pki::Authority::create("wasmbed service CA test", now()))),
      gateway_key(must(pki::PrivateKey::generate())),
      gateway(must(service_ca.issue(gateway_key.public_key(), pki::gateway_profile("wasmbed", "default"), now()))) {}

TestPki::Identity TestPki::issue(const pki::Authority& issuer, const pki::Profile& profile, pki::SystemTime at) {
    pki::PrivateKey key = must(pki::PrivateKey::generate());
    pki::Certificate certificate = must(issuer.issue(key.public_key(), profile, at));
    return {std::move(key), std::move(certificate)};
}

pki::SystemTime TestPki::now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace wasmbed::gateway::testing
