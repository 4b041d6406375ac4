#include "device/runtime/transport/testing/openssl_peer.hpp"

#include <algorithm>
#include <array>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

namespace wasmbed::transport {
namespace {

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

int choose_alpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                void* self) {
    const std::string& name = static_cast<PeerOptions*>(self)->alpn;
    if (name.empty()) return SSL_TLSEXT_ERR_NOACK;
    for (unsigned at = 0; at < in_size; at += 1U + in[at]) {
        if (name == std::string(reinterpret_cast<const char*>(in + at + 1), in[at])) {
            *out = in + at + 1;
            *out_size = in[at];
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

TestIdentity::TestIdentity(const std::string& name, const TestIdentity* issuer, const std::string& san, EVP_PKEY* key)
    : key_(key), certificate_(X509_new()) {
    if (key_ != nullptr) {
        EVP_PKEY_up_ref(key_);
    } else {
        key_ = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    }
    X509* issuer_certificate = issuer != nullptr ? issuer->certificate_ : certificate_;
    X509_set_version(certificate_, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate_), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate_), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate_), 86400);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate_), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate_, X509_get_subject_name(issuer_certificate));
    X509_set_pubkey(certificate_, key_);
    add_extension(certificate_, issuer_certificate, NID_basic_constraints,
                  issuer == nullptr ? "critical,CA:TRUE" : "CA:FALSE");
    if (!san.empty()) add_extension(certificate_, issuer_certificate, NID_subject_alt_name, san);
    X509_sign(certificate_, issuer != nullptr ? issuer->key_ : key_, EVP_sha256());
}

TestIdentity::~TestIdentity() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
}

Der TestIdentity::der() const {
    Der der(static_cast<std::size_t>(i2d_X509(certificate_, nullptr)));
    unsigned char* at = der.data();
    i2d_X509(certificate_, &at);
    return der;
}

OpensslPeer::OpensslPeer(const PeerOptions& options) : options_(options), context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX_set_min_proto_version(context_, options_.tls_version);
    SSL_CTX_set_max_proto_version(context_, options_.tls_version);
    SSL_CTX_use_certificate(context_, options_.identity->certificate());
    SSL_CTX_use_PrivateKey(context_, options_.identity->key());
    SSL_CTX_set_max_send_fragment(context_, options_.record_bytes);
    SSL_CTX_set_alpn_select_cb(context_, choose_alpn, &options_);
    if (options_.client_ca != nullptr) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context_), options_.client_ca->certificate());
        SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    ssl_ = SSL_new(context_);
    SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(ssl_);
}

OpensslPeer::~OpensslPeer() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
}

void OpensslPeer::run() {
    std::array<char, 4096> buffer;
    for (int size = 1; size > 0;) {
        size = SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size()));
        if (size > 0) heard_.append(buffer.data(), static_cast<std::size_t>(size));
    }
}

void OpensslPeer::say(const std::string& text) {
    SSL_write(ssl_, text.data(), static_cast<int>(text.size()));
}

void OpensslPeer::close_notify() {
    SSL_shutdown(ssl_);
}

std::string OpensslPeer::client_subject() const {
    const X509* certificate = SSL_get0_peer_certificate(ssl_);
    if (certificate == nullptr) return {};
    char name[80] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof(name));
    return name;
}

Result<void, hal::StreamError> OpensslPeer::do_connect(std::string_view address) {
    if (const auto parsed = hal::parse_host_port(address); !parsed) return fail(parsed.error());
    state_ = hal::StreamState::Open;
    return {};
}

Result<std::size_t, hal::StreamError> OpensslPeer::do_read(MutableBytes out) {
    if (state_ != hal::StreamState::Open && state_ != hal::StreamState::PeerClosed)
        return fail(hal::StreamError::NotOpen);
    if (cut_) {
        state_ = hal::StreamState::PeerClosed;
        return 0;
    }
    const int size =
        BIO_read(SSL_get_wbio(ssl_), out.data(), static_cast<int>(std::min(out.size(), options_.stream_bytes_max)));
    return size > 0 ? static_cast<std::size_t>(size) : 0;
}

Result<std::size_t, hal::StreamError> OpensslPeer::do_write(Bytes data) {
    if (state_ != hal::StreamState::Open) return fail(hal::StreamError::NotOpen);
    if (stalled_) return 0;
    const int size =
        BIO_write(SSL_get_rbio(ssl_), data.data(), static_cast<int>(std::min(data.size(), options_.stream_bytes_max)));
    run();
    return static_cast<std::size_t>(size);
}

}  // namespace wasmbed::transport
