// Certificates both ways: the gateway's is checked against the service roots and its URI, ours proves the device's key.
#include <algorithm>
#include <mbedtls/error.h>

#include "device/runtime/transport/tls_session.hpp"

namespace wasmbed::transport {
namespace {

constexpr std::string_view kGatewayUriPrefix = "wasmbed:gateway:";

// Appends certificates to a list that refers to their bytes; 0 or the library's error.
int parse_all(mbedtls_x509_crt& list, std::span<const Bytes> certificates) {
    for (const Bytes der : certificates) {
        if (const int code = mbedtls_x509_crt_parse_der_nocopy(&list, der.data(), der.size()); code != 0) return code;
    }
    return 0;
}

}  // namespace

TlsError TlsClient::set_credentials(const TlsOptions& options) {
    mbedtls_ssl_config& config = session_->config;
    TlsCredentials& own = session_->credentials;
    library_code_ = parse_all(own.roots, options.roots);
    if (library_code_ != 0 || options.roots.empty()) return TlsError::BadRoots;
    mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(&config, &own.roots, nullptr);
    if (options.chain.empty()) return TlsError::None;

    library_code_ = parse_all(own.chain, options.chain);
    if (library_code_ != 0) return TlsError::BadOwnCertificate;
    if (options.key == nullptr || !options.key->matches(options.chain.front()).value_or(false))
        return TlsError::BadOwnKey;
    library_code_ = mbedtls_pk_setup_opaque(&own.key, options.key->psa_id());
    if (library_code_ == 0) library_code_ = mbedtls_ssl_conf_own_cert(&config, &own.chain, &own.key);
    return library_code_ == 0 ? TlsError::None : TlsError::BadOwnKey;
}

int TlsClient::start_credentials() {
    mbedtls_ssl_set_verify(&session_->ssl, verify, this);
    // No host name: a gateway is known by its URI, checked in `verify`.
    return mbedtls_ssl_set_hostname(&session_->ssl, nullptr);
}

void TlsClient::end_handshake() {}

TlsError TlsClient::credentials_error_of(int code) const {
    switch (code) {
        case MBEDTLS_ERR_X509_CERT_VERIFY_FAILED:
            return wrong_role_ ? TlsError::WrongPeerRole : TlsError::UntrustedPeer;
        case MBEDTLS_ERR_X509_ALLOC_FAILED:
        case MBEDTLS_ERR_PK_ALLOC_FAILED:
        case MBEDTLS_ERR_ASN1_ALLOC_FAILED:
            return TlsError::NoMemory;
        default:
            return TlsError::None;
    }
}

// Called for each certificate of the peer's chain after the library's own checks; depth 0 is the leaf.
int TlsClient::verify(void* self, mbedtls_x509_crt* certificate, int depth, std::uint32_t* flags) {
    TlsClient& client = *static_cast<TlsClient*>(self);
    if (depth != 0) return 0;
    constexpr int kUriTag = MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_X509_SAN_UNIFORM_RESOURCE_IDENTIFIER;
    for (const mbedtls_x509_sequence* name = &certificate->subject_alt_names; name != nullptr; name = name->next) {
        const std::string_view uri{reinterpret_cast<const char*>(name->buf.p), name->buf.len};
        if (name->buf.tag == kUriTag && uri.starts_with(kGatewayUriPrefix) && uri.size() <= kPeerUriCharsMax) {
            std::copy(uri.begin(), uri.end(), client.peer_uri_);
            client.peer_uri_size_ = uri.size();
            return 0;
        }
    }
    client.wrong_role_ = *flags == 0;  // an untrusted chain is the more important thing to say
    *flags |= MBEDTLS_X509_BADCERT_OTHER;
    return 0;
}

}  // namespace wasmbed::transport
