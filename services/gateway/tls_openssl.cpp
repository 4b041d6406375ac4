#include <algorithm>
#include <array>
#include <cstring>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <optional>
#include <utility>

#include "host/pki/encoding.hpp"
#include "services/gateway/psk_hello.hpp"
#include "services/gateway/tls.hpp"
#include "services/gateway/tls_algorithms.hpp"

namespace wasmbed::gateway {
namespace {

constexpr std::string_view kDeviceUriPrefix = "wasmbed:device:";
/// Largest plaintext of a TLS record, bytes (RFC 8446 section 5.1).
constexpr std::size_t kRecordBytes = 16384;
/// Of devices with a pre-shared key: they are the small ones (architecture, "The link").
constexpr std::size_t kPskRecordBytes = 512;

template <auto Free>
struct Deleter {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};
using SslCtx = std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>>;
using Ssl = std::unique_ptr<SSL, Deleter<SSL_free>>;
using Bio = std::unique_ptr<BIO, Deleter<BIO_free>>;
using BioMethod = std::unique_ptr<BIO_METHOD, Deleter<BIO_meth_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Deleter<GENERAL_NAMES_free>>;

/// Newest entry of OpenSSL's error queue in words, and the queue emptied.
std::string take_openssl_error() {
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    if (code == 0) return "unknown error";
    const char* reason = ERR_reason_error_string(code);
    return reason != nullptr ? reason : "error " + std::to_string(code);
}

/// What the one shared BIO reads from and writes to while a call into OpenSSL runs. A BIO per connection would cost
/// every idle device two of them; connections of one server share a thread, so one is enough.
struct CurrentIo {
    Bytes input;
    std::vector<std::uint8_t>* output = nullptr;
    std::array<std::uint8_t, kRecordBytes> record;  ///< where OpenSSL puts the plaintext of a record
};

int bio_read(BIO* bio, char* out, std::size_t size, std::size_t* taken) {
    auto& io = *static_cast<CurrentIo*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    *taken = std::min(size, io.input.size());
    if (*taken == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    std::memcpy(out, io.input.data(), *taken);
    io.input = io.input.subspan(*taken);
    return 1;
}

int bio_write(BIO* bio, const char* data, std::size_t size, std::size_t* written) {
    auto& io = *static_cast<CurrentIo*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    io.output->insert(io.output->end(), data, data + size);
    *written = size;
    return 1;
}

long bio_ctrl(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

/// The BIO itself. Its method must live as long as the last connection that uses it.
struct SharedBio {
    SharedBio() : method(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wasmbed device port")) {
        BIO_meth_set_read_ex(method.get(), bio_read);
        BIO_meth_set_write_ex(method.get(), bio_write);
        BIO_meth_set_ctrl(method.get(), bio_ctrl);
        bio.reset(BIO_new(method.get()));
        BIO_set_data(bio.get(), &io);
        BIO_set_init(bio.get(), 1);
    }

    CurrentIo io;
    BioMethod method;
    Bio bio;
};

/// The uid in the certificate's only `wasmbed:` URI when that is a device's; nothing for every other role.
std::optional<std::string> device_uid_of(X509* certificate) {
    const Names names{
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))};
    std::optional<std::string> uid;
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != GEN_URI) continue;
        const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
        const std::string_view text = text_of({ASN1_STRING_get0_data(uri), std::size_t(ASN1_STRING_length(uri))});
        if (!text.starts_with("wasmbed:")) continue;
        if (!text.starts_with(kDeviceUriPrefix) || uid.has_value()) return std::nullopt;
        uid = text.substr(kDeviceUriPrefix.size());
    }
    if (uid && (uid->empty() || uid->size() > 36 || uid->find('\0') != std::string::npos)) return std::nullopt;
    return uid;
}

/// The serial number as status.identity spells it: lower-case hex, an even number of digits.
std::string serial_of(X509* certificate) {
    BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
    if (number == nullptr) return {};
    std::vector<std::uint8_t> bytes(std::size_t(BN_num_bytes(number)));
    BN_bn2bin(number, bytes.data());
    BN_free(number);
    return pki::to_hex(bytes);
}

std::string spki_sha256_of(X509* certificate) {
    std::uint8_t* der = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    if (size <= 0) return {};
    Digest digest{};
    const bool done = EVP_Digest(der, std::size_t(size), digest.data(), nullptr, EVP_sha256(), nullptr) == 1;
    OPENSSL_free(der);
    return done ? pki::to_hex(digest) : std::string{};
}

class OpensslConnection;
OpensslConnection& connection_of(SSL* ssl) {
    return *static_cast<OpensslConnection*>(SSL_get_app_data(ssl));
}

class OpensslConnection final : public TlsConnection {
  public:
    OpensslConnection(std::shared_ptr<SharedBio> bio, SSL_CTX* context)
        : bio_(std::move(bio)), ssl_(SSL_new(context)), io_(bio_->io) {
        BIO_up_ref(bio_->bio.get());
        BIO_up_ref(bio_->bio.get());
        SSL_set0_rbio(ssl_.get(), bio_->bio.get());
        SSL_set0_wbio(ssl_.get(), bio_->bio.get());
        SSL_set_app_data(ssl_.get(), this);
        SSL_set_accept_state(ssl_.get());
    }

    TlsState receive(Bytes ciphertext, std::vector<std::uint8_t>& plaintext,
                     std::vector<std::uint8_t>& output) override {
        if (state_ == TlsState::closed || state_ == TlsState::failed) return state_;
        const Io scope{io_, ciphertext, &output};
        ERR_clear_error();
        if (state_ == TlsState::handshaking) {
            const int result = SSL_do_handshake(ssl_.get());
            if (result != 1) return after(result);
            state_ = TlsState::open;
            learn_peer();
        }
        for (;;) {
            std::size_t got = 0;
            const int result = SSL_read_ex(ssl_.get(), io_.record.data(), io_.record.size(), &got);
            if (result != 1) return after(result);
            plaintext.insert(plaintext.end(), io_.record.begin(), io_.record.begin() + std::ptrdiff_t(got));
        }
    }

    bool send(Bytes plaintext, std::vector<std::uint8_t>& output) override {
        if (state_ != TlsState::open) return false;
        if (plaintext.empty()) return true;
        const Io scope{io_, {}, &output};
        ERR_clear_error();
        std::size_t written = 0;
        // The BIO takes everything, so a write is never partial.
        const int result = SSL_write_ex(ssl_.get(), plaintext.data(), plaintext.size(), &written);
        if (result != 1) after(result);
        return result == 1;
    }

    void close(std::vector<std::uint8_t>& output) override {
        if (state_ != TlsState::open) return;
        const Io scope{io_, {}, &output};
        SSL_shutdown(ssl_.get());
        ERR_clear_error();
        state_ = TlsState::closed;
    }

    void limit_records(std::size_t plaintext_bytes_max) override {
        const std::size_t limit = std::clamp<std::size_t>(plaintext_bytes_max, 512, kRecordBytes);
        SSL_set_max_send_fragment(ssl_.get(), limit);
    }

    std::string_view wanted_psk() const override {
        return psk_ && !psk_->answered ? std::string_view(psk_->identity) : std::string_view();
    }
    void answer_psk(Bytes key) override {
        psk_->key.assign(key.begin(), key.end());
        psk_->answered = true;
    }

    const TlsPeer& peer() const override { return peer_; }
    std::string error() const override { return error_; }
    TlsFailure failure() const override { return failure_; }

    /// First look at a ClientHello: which protocol, and so whether a client certificate is asked for.
    int choose_protocol(int* alert) {
        const unsigned char* list = nullptr;
        std::size_t size = 0;
        const bool session = SSL_client_hello_get0_ext(ssl_.get(), TLSEXT_TYPE_application_layer_protocol_negotiation,
                                                       &list, &size) == 1;
        const Bytes offered{list, session ? size : 0};
        if (offers(offered, kSessionAlpn)) {
            peer_.protocol = Protocol::session;
            SSL_set_verify(ssl_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, check_certificate);
        } else if (offers(offered, kEnrollAlpn)) {
            peer_.protocol = Protocol::enroll;
            SSL_set_verify(ssl_.get(), SSL_VERIFY_NONE, nullptr);
        } else {
            error_ = "client offers neither ALPN wasmbed/1 nor wasmbed-enroll/1";
            failure_ = TlsFailure::alpn;
            *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
            return SSL_CLIENT_HELLO_ERROR;
        }
        return ask_for_psk() ? SSL_CLIENT_HELLO_RETRY : SSL_CLIENT_HELLO_SUCCESS;
    }

    /// The session that stands for the offered key in TLS 1.3; null: there is no such key.
    SSL_SESSION* psk_session(Bytes identity) const {
        constexpr unsigned char kAes128GcmSha256[] = {0x13, 0x01};  // the suite whose hash the key is for
        if (!psk_ || psk_->key.empty() || text_of(identity) != psk_->identity) return nullptr;
        SSL_SESSION* session = SSL_SESSION_new();
        const bool made = session != nullptr &&
                          SSL_SESSION_set1_master_key(session, psk_->key.data(), psk_->key.size()) == 1 &&
                          SSL_SESSION_set_cipher(session, SSL_CIPHER_find(ssl_.get(), kAes128GcmSha256)) == 1 &&
                          SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) == 1;
        if (made) return session;
        SSL_SESSION_free(session);
        return nullptr;
    }

    std::string_view alpn() const { return peer_.protocol == Protocol::session ? kSessionAlpn : kEnrollAlpn; }

  private:
    struct OfferedPsk {
        std::string identity;
        std::vector<std::uint8_t> key;
        bool answered = false;
    };

    /// Lends the shared BIO to this connection for one call.
    class Io {
      public:
        Io(CurrentIo& io, Bytes input, std::vector<std::uint8_t>* output) : io_(io) {
            io_.input = input;
            io_.output = output;
        }
        ~Io() {
            io_.input = {};
            io_.output = nullptr;
        }
        Io(const Io&) = delete;

      private:
        CurrentIo& io_;
    };

    /// True when the handshake must wait for the key that the client offers.
    bool ask_for_psk() {
        const unsigned char* content = nullptr;
        std::size_t size = 0;
        if (psk_) return !psk_->answered;
        if (peer_.protocol != Protocol::session ||
            SSL_client_hello_get0_ext(ssl_.get(), TLSEXT_TYPE_psk, &content, &size) != 1)
            return false;
        std::string identity = offered_psk_identity({content, size});
        if (identity.empty()) return false;
        psk_ = std::make_unique<OfferedPsk>(OfferedPsk{.identity = std::move(identity), .key = {}, .answered = false});
        return true;
    }

    /// The list is a 2-byte length, then names with a 1-byte length each (RFC 7301 section 3.1).
    static bool offers(Bytes list, std::string_view wanted) {
        if (list.size() < 2 || std::size_t(list[0] << 8 | list[1]) != list.size() - 2) return false;
        list = list.subspan(2);
        while (!list.empty() && list[0] < list.size()) {
            if (text_of(list.subspan(1, list[0])) == wanted) return true;
            list = list.subspan(1 + list[0]);
        }
        return false;
    }

    /// OpenSSL has verified the chain up to here; the leaf must also speak for a device.
    static int check_certificate(int chain_is_good, X509_STORE_CTX* store) {
        if (chain_is_good != 1 || X509_STORE_CTX_get_error_depth(store) != 0) return chain_is_good;
        auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
        if (auto uid = device_uid_of(X509_STORE_CTX_get_current_cert(store))) {
            connection_of(ssl).peer_.device_uid = std::move(*uid);
            return 1;
        }
        connection_of(ssl).error_ = "client certificate: no SAN URI wasmbed:device:<uid>, so it is not a device's";
        connection_of(ssl).failure_ = TlsFailure::not_a_device;
        X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
        return 0;
    }

    void learn_peer() {
        peer_.cipher = SSL_CIPHER_standard_name(SSL_get_current_cipher(ssl_.get()));
        if (peer_.protocol != Protocol::session) return;
        if (SSL_session_reused(ssl_.get()) == 1) {  // there are no tickets: it was the pre-shared key
            peer_.device_uid = psk_->identity;
            peer_.psk = true;
            limit_records(kPskRecordBytes);
            return;
        }
        X509* certificate = SSL_get0_peer_certificate(ssl_.get());
        peer_.serial = serial_of(certificate);
        peer_.public_key_sha256 = spki_sha256_of(certificate);
    }

    TlsState after(int result) {
        const int reason = SSL_get_error(ssl_.get(), result);
        if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE || reason == SSL_ERROR_WANT_CLIENT_HELLO_CB)
            return state_;
        if (reason == SSL_ERROR_ZERO_RETURN) return state_ = TlsState::closed;
        if (failure_ == TlsFailure::none) failure_ = kind_of_failure();
        if (error_.empty()) error_ = describe_failure();
        ERR_clear_error();
        return state_ = TlsState::failed;
    }

    TlsFailure kind_of_failure() const {
        switch (ERR_GET_REASON(ERR_peek_last_error())) {
            case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
                return TlsFailure::no_certificate;
            case SSL_R_UNSUPPORTED_PROTOCOL:
                return TlsFailure::version;
            default:
                break;
        }
        switch (peer_.protocol == Protocol::session ? SSL_get_verify_result(ssl_.get()) : X509_V_OK) {
            case X509_V_OK:
                return TlsFailure::other;
            case X509_V_ERR_CERT_HAS_EXPIRED:
                return TlsFailure::expired;
            case X509_V_ERR_CERT_NOT_YET_VALID:
                return TlsFailure::not_yet_valid;
            default:
                return TlsFailure::untrusted;
        }
    }

    std::string describe_failure() {
        const long verified = SSL_get_verify_result(ssl_.get());
        if (peer_.protocol == Protocol::session && verified != X509_V_OK) {
            return std::string("client certificate: ") + X509_verify_cert_error_string(verified);
        }
        return take_openssl_error();
    }

    std::shared_ptr<SharedBio> bio_;
    Ssl ssl_;
    CurrentIo& io_;
    TlsState state_ = TlsState::handshaking;
    TlsPeer peer_;
    std::unique_ptr<OfferedPsk> psk_;
    std::string error_;
    TlsFailure failure_ = TlsFailure::none;
};

int on_client_hello(SSL* ssl, int* alert, void*) {
    return connection_of(ssl).choose_protocol(alert);
}

int on_find_psk(SSL* ssl, const unsigned char* identity, std::size_t size, SSL_SESSION** session) {
    *session = connection_of(ssl).psk_session({identity, size});
    return 1;
}

int on_select_alpn(SSL* ssl, const unsigned char** out, unsigned char* size, const unsigned char*, unsigned, void*) {
    const std::string_view chosen = connection_of(ssl).alpn();
    *out = bytes_of(chosen).data();
    *size = static_cast<unsigned char>(chosen.size());
    return SSL_TLSEXT_ERR_OK;
}

class OpensslServer final : public TlsServer {
  public:
    OpensslServer() : context_(SSL_CTX_new_ex(tls_algorithms(), nullptr, TLS_server_method())) {}

    std::unique_ptr<TlsConnection> accept() override {
        return std::make_unique<OpensslConnection>(bio_, context_.get());
    }

    void configure() {
        SSL_CTX* context = context_.get();
        SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
        // A ticket costs 125-160 us of CPU each and devices do not resume (targets.md, Gateway).
        SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
        SSL_CTX_set_num_tickets(context, 0);
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
        SSL_CTX_set_max_send_fragment(context, kRecordBytesBeforeHello);
        SSL_CTX_set_verify_depth(context, 3);
        SSL_CTX_set_client_hello_cb(context, on_client_hello, nullptr);
        SSL_CTX_set_alpn_select_cb(context, on_select_alpn, nullptr);
        SSL_CTX_set_psk_find_session_callback(context, on_find_psk);
        // A key stands for a session, and OpenSSL takes sessions only within a named context.
        constexpr unsigned char kContext[] = {'w', 'a', 's', 'm', 'b', 'e', 'd'};
        SSL_CTX_set_session_id_context(context, kContext, sizeof kContext);
    }

    Result<void, TlsConfigError> load(const TlsCredentials& credentials) {
        ERR_clear_error();
        if (auto done = load_chain(credentials.certificate_chain); !done) return done;
        const Bio key_text{BIO_new_mem_buf(credentials.private_key.data(), int(credentials.private_key.size()))};
        const Key key{PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr)};
        if (!key || SSL_CTX_use_PrivateKey(context_.get(), key.get()) != 1) {
            return fail(TlsConfigError{"gateway private key: " + take_openssl_error()});
        }
        return load_roots(credentials.device_roots);
    }

  private:
    Result<void, TlsConfigError> load_chain(const std::string& pem) {
        const Bio text{BIO_new_mem_buf(pem.data(), int(pem.size()))};
        const Certificate leaf{PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)};
        if (!leaf || SSL_CTX_use_certificate(context_.get(), leaf.get()) != 1) {
            return fail(TlsConfigError{"gateway certificate: " + take_openssl_error()});
        }
        while (X509* next = PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)) {
            SSL_CTX_add0_chain_cert(context_.get(), next);
        }
        ERR_clear_error();
        // Without this OpenSSL would look for issuers of our leaf among the device CAs.
        SSL_CTX_set_mode(context_.get(), SSL_MODE_NO_AUTO_CHAIN);
        return {};
    }

    Result<void, TlsConfigError> load_roots(const std::string& pem) {
        const Bio text{BIO_new_mem_buf(pem.data(), int(pem.size()))};
        X509_STORE* store = SSL_CTX_get_cert_store(context_.get());
        int count = 0;
        for (;; ++count) {
            // Its key is used for each device: it belongs where the device's is.
            X509* empty = X509_new_ex(tls_algorithms(), nullptr);
            X509* read = PEM_read_bio_X509(text.get(), &empty, nullptr, nullptr);
            const Certificate root{read != nullptr ? read : empty};
            if (read == nullptr) break;
            X509_STORE_add_cert(store, root.get());
            // Named in CertificateRequest, so that a client with several certificates picks the right one.
            SSL_CTX_add_client_CA(context_.get(), root.get());
        }
        if (count == 0) return fail(TlsConfigError{"device CA: " + take_openssl_error()});
        ERR_clear_error();
        return {};
    }

    std::shared_ptr<SharedBio> bio_ = std::make_shared<SharedBio>();
    SslCtx context_;
};

}  // namespace

Result<std::unique_ptr<TlsServer>, TlsConfigError> make_openssl_server(const TlsCredentials& credentials) {
    auto server = std::make_unique<OpensslServer>();
    server->configure();
    if (auto done = server->load(credentials); !done) return fail(done.error());
    return server;
}

}  // namespace wasmbed::gateway
