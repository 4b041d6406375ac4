#include <algorithm>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <new>

#include "device/runtime/transport/tls_session.hpp"

extern "C" {
#include <mbedtls/psa_util.h>  // declares functions without this linkage in Mbed TLS 3.6
}

namespace wasmbed::transport {
namespace {

constexpr std::size_t kRecordOverheadBytes = 17;  // content type and AEAD tag, RFC 8446 section 5.2
constexpr std::uint8_t kAlertNoApplicationProtocol = 120;
// What the stream callbacks return when the stream failed; any code that Mbed TLS itself never uses there.
constexpr int kStreamFailed = MBEDTLS_ERR_NET_CONN_RESET;

static_assert(TlsClient::kRecordInBytesMax == MBEDTLS_SSL_IN_CONTENT_LEN);
static_assert(TlsClient::kRecordOutBytesMax == MBEDTLS_SSL_OUT_CONTENT_LEN);

constexpr bool would_block(int code) {
    return code == MBEDTLS_ERR_SSL_WANT_READ || code == MBEDTLS_ERR_SSL_WANT_WRITE;
}

}  // namespace

TlsClient::TlsClient(hal::Stream& stream) : stream_(stream) {
    static_assert(sizeof(Session) <= kStorageBytes && alignof(Session) <= 8);
}

TlsClient::~TlsClient() {
    close();
}

Result<void, TlsError> TlsClient::start(const TlsOptions& options) {
    close();
    error_ = TlsError::None;
    stream_error_ = hal::StreamError::None;
    alert_ = 0;
    library_code_ = 0;
    wrong_role_ = false;
    peer_uri_size_ = 0;
    session_ = new (storage_) Session;
    TlsError error = set_up(options);
    if (error == TlsError::None) {
        const auto connected = stream_.connect(options.address);
        if (!connected) {
            stream_error_ = connected.error();
            error = TlsError::Stream;
        }
    }
    if (error != TlsError::None) {
        fail_with(error);
        return fail(error);
    }
    state_ = TlsState::Connecting;
    return {};
}

TlsError TlsClient::set_up(const TlsOptions& options) {
    Session& s = *session_;
    const auto keep = [this](int code, TlsError error) {
        library_code_ = code;
        const TlsError known = error_of(code);
        return known == TlsError::NoMemory ? known : error;
    };
    if (options.alpn.empty() || options.alpn.size() > Session::kAlpnCharsMax) return TlsError::Internal;
    *std::copy(options.alpn.begin(), options.alpn.end(), s.alpn) = '\0';
    s.alpn_list[0] = s.alpn;
    s.alpn_list[1] = nullptr;

    if (const int code = mbedtls_ssl_config_defaults(&s.config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                                     MBEDTLS_SSL_PRESET_DEFAULT);
        code != 0) {
        return keep(code, TlsError::Internal);
    }
    mbedtls_ssl_conf_rng(&s.config, mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE);
    mbedtls_ssl_conf_alpn_protocols(&s.config, s.alpn_list);

    if (const TlsError error = set_credentials(options); error != TlsError::None) return keep(library_code_, error);
    if (const int code = mbedtls_ssl_setup(&s.ssl, &s.config); code != 0) return keep(code, TlsError::Internal);
    if (const int code = start_credentials(); code != 0) return keep(code, TlsError::Internal);
    mbedtls_ssl_set_bio(&s.ssl, this, send, receive, nullptr);
    return TlsError::None;
}

TlsState TlsClient::poll() {
    progressed_ = false;
    switch (state_) {
        case TlsState::Connecting:
            return poll_connecting();
        case TlsState::Handshaking:
            return poll_handshake();
        case TlsState::Open:
            return flush();
        default:
            return state_;
    }
}

TlsState TlsClient::poll_connecting() {
    switch (stream_.state()) {
        case hal::StreamState::Connecting:
            return state_;
        case hal::StreamState::Open:
            progressed_ = true;
            return state_ = TlsState::Handshaking;
        default:
            stream_error_ = stream_.error();
            return fail_with(TlsError::Stream);
    }
}

TlsState TlsClient::poll_handshake() {
    mbedtls_ssl_context& ssl = session_->ssl;
    const int code = mbedtls_ssl_handshake_step(&ssl);
    if (would_block(code)) return state_;
    if (code != 0) return fail_with_library(code);
    progressed_ = true;
    if (mbedtls_ssl_is_handshake_over(&ssl) == 0) return state_;
    end_handshake();
    // A server without ALPN answers without choosing: not a gateway.
    if (mbedtls_ssl_get_alpn_protocol(&ssl) == nullptr) return fail_with(TlsError::AlpnMismatch);
    return state_ = TlsState::Open;
}

TlsState TlsClient::flush() {
    if (unsent_ > 0) {
        // Mbed TLS holds the record; a write with its length only sends what is left of it.
        static constexpr unsigned char kIgnored = 0;
        const int code = mbedtls_ssl_write(&session_->ssl, &kIgnored, unsent_);
        if (would_block(code)) return state_;
        if (code < 0) return fail_with_library(code);
        unsent_ = 0;
    }
    return state_;
}

bool TlsClient::busy() const {
    return progressed_ || (state_ == TlsState::Open && mbedtls_ssl_check_pending(&session_->ssl) != 0);
}

Result<std::size_t, TlsError> TlsClient::read(MutableBytes out) {
    if (state_ != TlsState::Open) return fail(TlsError::NotOpen);
    if (out.empty()) return 0;
    const int code = mbedtls_ssl_read(&session_->ssl, out.data(), out.size());
    if (code > 0) return static_cast<std::size_t>(code);
    if (would_block(code) || code == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) return 0;
    if (code == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
        close();
        state_ = TlsState::Closed;
        return 0;
    }
    fail_with_library(code == 0 ? MBEDTLS_ERR_SSL_CONN_EOF : code);
    return fail(error_);
}

Result<std::size_t, TlsError> TlsClient::write(Bytes data) {
    if (state_ != TlsState::Open) return fail(TlsError::NotOpen);
    if (flush() != TlsState::Open) return fail(error_);
    if (unsent_ > 0 || data.empty()) return 0;
    // Never more than one record: after a part was sent, the library tells only the length it was called with.
    const int record_max = mbedtls_ssl_get_max_out_record_payload(&session_->ssl);
    if (record_max <= 0) {
        fail_with_library(record_max);
        return fail(error_);
    }
    const std::size_t count = std::min(data.size(), static_cast<std::size_t>(record_max));
    const int code = mbedtls_ssl_write(&session_->ssl, data.data(), count);
    if (would_block(code)) {
        unsent_ = count;
        return count;
    }
    if (code < 0) {
        fail_with_library(code);
        return fail(error_);
    }
    return static_cast<std::size_t>(code);
}

void TlsClient::close() {
    if (state_ == TlsState::Open && unsent_ == 0) mbedtls_ssl_close_notify(&session_->ssl);
    end_session();
    state_ = TlsState::Idle;
}

void TlsClient::end_session() {
    if (session_ != nullptr) session_->~Session();
    session_ = nullptr;
    unsent_ = 0;
    progressed_ = false;
    stream_.close();
}

TlsState TlsClient::fail_with(TlsError error) {
    error_ = error;
    end_session();
    return state_ = TlsState::Failed;
}

TlsState TlsClient::fail_with_library(int code) {
    library_code_ = code;
    const mbedtls_ssl_context& ssl = session_->ssl;
    if (code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE && ssl.in_msg != nullptr) {
        alert_ = ssl.in_msg[1];
    }
    if (code == kStreamFailed || code == MBEDTLS_ERR_SSL_CONN_EOF) stream_error_ = stream_.error();
    return fail_with(error_of(code));
}

TlsError TlsClient::error_of(int code) const {
    if (const TlsError error = credentials_error_of(code); error != TlsError::None) return error;
    const mbedtls_ssl_context& ssl = session_->ssl;
    switch (code) {
        case kStreamFailed:
            return TlsError::Stream;
        case MBEDTLS_ERR_SSL_CONN_EOF:
        case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
            return stream_.state() == hal::StreamState::Failed ? TlsError::Stream : TlsError::PeerGone;
        case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
            return alert_ == kAlertNoApplicationProtocol ? TlsError::AlpnMismatch : TlsError::RefusedByPeer;
        case MBEDTLS_ERR_SSL_BAD_INPUT_DATA:  // the header announced more than the buffer holds
        case MBEDTLS_ERR_SSL_INVALID_RECORD: {
            if (ssl.in_len == nullptr) return TlsError::Internal;  // not set up yet
            const std::size_t length = std::size_t{ssl.in_len[0]} << 8 | ssl.in_len[1];
            return length > kRecordInBytesMax + kRecordOverheadBytes ? TlsError::RecordTooLarge
                                                                     : TlsError::ProtocolError;
        }
        case MBEDTLS_ERR_SSL_ALLOC_FAILED:
        case PSA_ERROR_INSUFFICIENT_MEMORY:
            return TlsError::NoMemory;
        case MBEDTLS_ERR_ENTROPY_SOURCE_FAILED:
        case PSA_ERROR_INSUFFICIENT_ENTROPY:
            return TlsError::NoEntropy;
        case MBEDTLS_ERR_SSL_INTERNAL_ERROR:
        case MBEDTLS_ERR_ERROR_CORRUPTION_DETECTED:
            return TlsError::Internal;
        default:
            return TlsError::ProtocolError;
    }
}

int TlsClient::send(void* self, const unsigned char* data, std::size_t size) {
    const auto sent = static_cast<TlsClient*>(self)->stream_.write({data, size});
    if (!sent) return kStreamFailed;
    return *sent == 0 ? MBEDTLS_ERR_SSL_WANT_WRITE : static_cast<int>(*sent);
}

int TlsClient::receive(void* self, unsigned char* out, std::size_t size) {
    hal::Stream& stream = static_cast<TlsClient*>(self)->stream_;
    const auto received = stream.read({out, size});
    if (!received) return kStreamFailed;
    if (*received > 0) return static_cast<int>(*received);
    return stream.state() == hal::StreamState::PeerClosed ? 0 : MBEDTLS_ERR_SSL_WANT_READ;
}

}  // namespace wasmbed::transport
