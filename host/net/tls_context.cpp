#include "host/net/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace wasmbed::net {
namespace ssl = boost::asio::ssl;
namespace {

constexpr char kTls12Suites[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

struct BioFree {
    void operator()(BIO* bio) const { BIO_free(bio); }
};

std::string openssl_error() {
    char text[256] = "unknown";
    if (auto code = ERR_get_error()) ERR_error_string_n(code, text, sizeof text);
    ERR_clear_error();
    return text;
}

std::vector<X509Ptr> certificates_of(const std::string& pem) {
    std::vector<X509Ptr> found;
    std::unique_ptr<BIO, BioFree> bio(BIO_new_mem_buf(pem.data(), int(pem.size())));
    while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) found.emplace_back(certificate);
    ERR_clear_error();  // the end of the text is reported as an error
    return found;
}

void harden(ssl::context& context) {
    SSL_CTX* native = context.native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(native, kTls12Suites);
    SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
}

Result<void, std::string> use_key_pair(ssl::context& context, const std::string& certificate, const std::string& key) {
    boost::system::error_code error;
    context.use_certificate_chain(boost::asio::buffer(certificate), error);
    if (error) return fail("the TLS certificate is not usable: " + error.message());
    context.use_private_key(boost::asio::buffer(key), ssl::context::pem, error);
    if (error) return fail("the TLS private key is not usable or does not fit its certificate: " + error.message());
    return {};
}

std::vector<std::string> names_of(X509_NAME* subject, int nid) {
    std::vector<std::string> values;
    for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, nid, at)) >= 0;) {
        unsigned char* text = nullptr;
        int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
        if (size >= 0) {
            values.emplace_back(reinterpret_cast<char*>(text), std::size_t(size));
            OPENSSL_free(text);
        }
    }
    return values;
}

std::vector<std::string> uris_of(X509* certificate) {
    std::vector<std::string> uris;
    auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_URI) continue;
        const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
        uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)), ASN1_STRING_length(uri));
    }
    GENERAL_NAMES_free(names);
    return uris;
}

}  // namespace

Result<std::unique_ptr<ServerContext>, std::string> make_server_context(const ServerTls& tls) {
    auto server = std::make_unique<ServerContext>(ServerContext{ssl::context(ssl::context::tls_server), {}});
    harden(server->context);
    if (auto used = use_key_pair(server->context, tls.certificate_pem, tls.key_pem); !used) return fail(used.error());
    SSL_CTX* native = server->context.native_handle();
    // No resumption: a resumed session has no verified chain, and the chain says which CA vouches for the peer.
    SSL_CTX_set_num_tickets(native, 0);
    SSL_CTX_set_options(native, SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
    for (const auto& ca : tls.client_cas) {
        auto certificates = certificates_of(ca.pem);
        if (certificates.empty()) return fail("the client CA \"" + ca.name + "\" holds no certificate");
        for (auto& certificate : certificates) {
            if (X509_STORE_add_cert(SSL_CTX_get_cert_store(native), certificate.get()) != 1) {
                return fail("the client CA \"" + ca.name + "\" is not usable: " + openssl_error());
            }
            SSL_CTX_add_client_CA(native, certificate.get());
            server->client_cas.emplace_back(ca.name, std::move(certificate));
        }
    }
    if (!tls.client_cas.empty()) {
        auto mode = ssl::verify_peer;
        if (tls.client_certificate_required) mode |= ssl::verify_fail_if_no_peer_cert;
        server->context.set_verify_mode(mode);
    }
    return server;
}

Result<std::unique_ptr<ssl::context>, std::string> make_client_context(const ClientTls& tls) {
    auto context = std::make_unique<ssl::context>(ssl::context::tls_client);
    harden(*context);
    boost::system::error_code error;
    if (tls.ca_pem.empty()) {
        context->set_default_verify_paths(error);
    } else {
        for (auto& certificate : certificates_of(tls.ca_pem)) {
            X509_STORE_add_cert(SSL_CTX_get_cert_store(context->native_handle()), certificate.get());
        }
        if (certificates_of(tls.ca_pem).empty()) return fail(std::string("the server's CA holds no certificate"));
    }
    if (!tls.certificate_pem.empty()) {
        if (auto used = use_key_pair(*context, tls.certificate_pem, tls.key_pem); !used) return fail(used.error());
    }
    context->set_verify_mode(tls.insecure ? ssl::verify_none : ssl::verify_peer);
    return context;
}

void describe_peer(const ServerContext& server, SSL* ssl, Peer& peer) {
    X509* leaf = SSL_get0_peer_certificate(ssl);
    STACK_OF(X509)* chain = SSL_get0_verified_chain(ssl);
    if (!leaf || !chain || SSL_get_verify_result(ssl) != X509_V_OK) return;
    peer.has_certificate = true;
    X509* root = sk_X509_value(chain, sk_X509_num(chain) - 1);
    for (const auto& [name, certificate] : server.client_cas) {
        if (X509_cmp(root, certificate.get()) == 0) peer.ca = name;
    }
    auto common_names = names_of(X509_get_subject_name(leaf), NID_commonName);
    if (!common_names.empty()) peer.common_name = common_names.back();
    peer.organizations = names_of(X509_get_subject_name(leaf), NID_organizationName);
    peer.uris = uris_of(leaf);
}

}  // namespace wasmbed::net
