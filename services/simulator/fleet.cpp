#include "services/simulator/fleet.hpp"

#include <chrono>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace wasmbed::simulator {
namespace {

/// Whether a certificate's SAN has a URI "wasmbed:gateway:...".
bool is_gateway(X509* certificate) {
    auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    bool found = false;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_URI) continue;
        const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
        found |=
            text_of({ASN1_STRING_get0_data(uri), std::size_t(ASN1_STRING_length(uri))}).starts_with("wasmbed:gateway:");
    }
    GENERAL_NAMES_free(names);
    return found;
}

int check_certificate(int chain_is_good, X509_STORE_CTX* store) {
    if (chain_is_good != 1 || X509_STORE_CTX_get_error_depth(store) != 0) return chain_is_good;
    if (is_gateway(X509_STORE_CTX_get_current_cert(store))) return 1;
    X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}

}  // namespace

Result<std::unique_ptr<Fleet>, std::string> Fleet::make(IoContext& io, FleetSettings settings) {
    std::unique_ptr<Fleet> fleet{new Fleet(io, std::move(settings))};
    SSL_CTX* context = fleet->context_ = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_mode(context,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, check_certificate);
    BIO* text = BIO_new_mem_buf(fleet->settings_.service_roots.data(), int(fleet->settings_.service_roots.size()));
    int roots = 0;
    while (X509* root = PEM_read_bio_X509(text, nullptr, nullptr, nullptr)) {
        roots += X509_STORE_add_cert(SSL_CTX_get_cert_store(context), root);
        X509_free(root);
    }
    BIO_free(text);
    if (roots == 0) return fail("ConfigMap wasmbed-trust has no certificate in service-ca.pem");
    return fleet;
}

Fleet::~Fleet() {
    SSL_CTX_free(context_);
}

SslPtr Fleet::make_ssl(std::string_view alpn) {
    SslPtr ssl{SSL_new(context_)};
    std::string list(1, char(alpn.size()));
    list += alpn;
    SSL_set_alpn_protos(ssl.get(), bytes_of(list).data(), unsigned(list.size()));
    return ssl;
}

void Fleet::when_may_connect(std::function<void()> go) {
    if (connecting_ >= settings_.connecting_max) return waiting_.push_back(std::move(go));
    ++connecting_;
    go();
}

void Fleet::connect_ended() {
    --connecting_;
    if (waiting_.empty()) return;
    ++connecting_;
    const std::function<void()> go = std::move(waiting_.front());
    waiting_.pop_front();
    go();
}

Instant Fleet::now() {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return {std::uint64_t(std::chrono::duration_cast<std::chrono::milliseconds>(since).count())};
}

}  // namespace wasmbed::simulator
