// TLS 1.3 to a gateway over a hal::Stream, without blocking.
#pragma once

#include <span>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "device/hal/stream.hpp"
#include "device/runtime/crypto/p256_key.hpp"

struct mbedtls_x509_crt;

namespace wasmbed::transport {

enum class TlsState : std::uint8_t {
    Idle,         ///< before `start` and after `close`
    Connecting,   ///< the stream is being set up
    Handshaking,  ///< TLS handshake under way
    Open,
    Closed,  ///< `read` came to the orderly end of the session
    Failed,  ///< see `error`
};

enum class TlsError : std::uint8_t {
    None,
    Stream,             ///< connection setup or transport failed; `stream_error` says how
    BadRoots,           ///< a service root does not parse
    BadOwnCertificate,  ///< the own chain does not parse
    BadOwnKey,          ///< the own key cannot be used
    UntrustedPeer,      ///< the peer's chain does not end in a service root
    WrongPeerRole,      ///< the peer's leaf has no URI `wasmbed:gateway:...` among its alternative names
    AlpnMismatch,       ///< the peer does not speak the protocol asked for
    RefusedByPeer,      ///< fatal alert; `alert` has its number (RFC 8446 section 6)
    ProtocolError,   ///< the peer broke TLS or sent what this client does not support (no TLS 1.3, other ciphersuites)
    RecordTooLarge,  ///< the peer sent a record over kRecordInBytesMax
    PeerGone,        ///< the connection ended without close_notify
    NoMemory,        ///< the crypto arena is used up
    NoEntropy,       ///< the random source failed
    NotOpen,         ///< read or write outside Open (read: or Closed)
    Internal,
};
[[nodiscard]] const char* text_of(TlsError error);

/// Everything must stay valid and unchanged until `close`.
struct TlsOptions {
    std::string_view address = {};         ///< "host:port"
    std::string_view alpn = {};            ///< "wasmbed/1" or "wasmbed-enroll/1"
    std::span<const Bytes> roots = {};     ///< 1..3 certificates, DER
    std::span<const Bytes> chain = {};     ///< own certificates, DER, leaf first; empty: no client certificate
    const crypto::P256Key* key = nullptr;  ///< with `chain`
    // Instead of roots, chain and key where the build has no certificates (WASMBED_LINK_PSK):
    Bytes psk = {};                      ///< 32 bytes
    std::string_view psk_identity = {};  ///< uid of the device
};

/// One session at a time; reusable after `close`. Needs crypto::init_psa. All memory comes from PSA's arena and this
/// object. Certificate dates are not checked: a device has no clock before its first session. Not for interrupt
/// handlers.
class TlsClient {
  public:
    /// Largest plaintext of a received and of a sent record, bytes: what Hello.recordMax says.
#ifdef WASMBED_LINK_PSK
    static constexpr std::size_t kRecordInBytesMax = 512;
    static constexpr std::size_t kRecordOutBytesMax = 384;
#else
    static constexpr std::size_t kRecordInBytesMax = 4096;
    static constexpr std::size_t kRecordOutBytesMax = 2048;
#endif

    explicit TlsClient(hal::Stream& stream);
    ~TlsClient();
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    /// Begins a session; an earlier one is closed first. An error leaves the state Failed.
    [[nodiscard]] Result<void, TlsError> start(const TlsOptions& options);
    /// Moves on as far as it can without waiting and returns the state. One step of the handshake may compute for up to
    /// 90 million instructions on a Cortex-M3 (one signature), but only one step is done per call.
    TlsState poll();
    /// Whether the next `poll` or `read` has work to do that no interrupt will announce: do not idle before it.
    [[nodiscard]] bool busy() const;
    [[nodiscard]] TlsState state() const { return state_; }

    /// Takes received plaintext, at most `out.size()`; 0: nothing now, or the session has just ended (state Closed).
    [[nodiscard]] Result<std::size_t, TlsError> read(MutableBytes out);
    /// Takes over a part of `data` (at most kRecordOutBytesMax) as one record; 0: no room now. Taken bytes are sent by
    /// further `poll`s.
    [[nodiscard]] Result<std::size_t, TlsError> write(Bytes data);
    /// Ends the session (close_notify when that fits) and the stream; Idle at once, from any state.
    void close();

    [[nodiscard]] TlsError error() const { return error_; }
    /// The stream's error when `error` is Stream.
    [[nodiscard]] hal::StreamError stream_error() const { return stream_error_; }
    /// Fatal alert the peer sent, 0 for none.
    [[nodiscard]] std::uint8_t alert() const { return alert_; }
    /// The library's own code for the failure (negative, 0: none), for logs.
    [[nodiscard]] int library_code() const { return library_code_; }
    /// The URI by which the gateway was recognised ("wasmbed:gateway:ns/name"); empty before the handshake has verified
    /// it.
    [[nodiscard]] std::string_view peer_uri() const { return {peer_uri_, peer_uri_size_}; }

  private:
#ifdef WASMBED_LINK_PSK  // the key says who the peer is
    static constexpr std::size_t kPeerUriCharsMax = 1;
#else
    static constexpr std::size_t kPeerUriCharsMax = 160;
#endif
    struct Session;  // what belongs to Mbed TLS, in storage_

    TlsError set_up(const TlsOptions& options);
    // tls_certificates.cpp or tls_psk.cpp; an error's code goes to library_code_.
    TlsError set_credentials(const TlsOptions& options);
    int start_credentials();
    void end_handshake();
    TlsError credentials_error_of(int code) const;  ///< None: not theirs
    TlsState poll_connecting();
    TlsState poll_handshake();
    TlsState flush();
    TlsState fail_with(TlsError error);
    TlsState fail_with_library(int code);
    TlsError error_of(int code) const;
    void end_session();
    static int send(void* self, const unsigned char* data, std::size_t size);
    static int receive(void* self, unsigned char* out, std::size_t size);
    static int verify(void* self, mbedtls_x509_crt* certificate, int depth, std::uint32_t* flags);

#ifdef WASMBED_LINK_PSK
    static constexpr std::size_t kStorageBytes = sizeof(void*) == 8 ? 768 : 344;
#else
    // Four structures of Mbed TLS with three roots and a chain: 2.1 KB with 32-bit pointers.
    static constexpr std::size_t kStorageBytes = sizeof(void*) == 8 ? 2560 : 1536;
#endif

    hal::Stream& stream_;
    alignas(8) std::byte storage_[kStorageBytes];
    Session* session_ = nullptr;
    TlsState state_ = TlsState::Idle;
    TlsError error_ = TlsError::None;
    hal::StreamError stream_error_ = hal::StreamError::None;
    std::uint8_t alert_ = 0;
    bool wrong_role_ = false;
    bool progressed_ = false;
    int library_code_ = 0;
    std::size_t unsent_ = 0;  // plaintext bytes of a record that is built and not sent yet
    std::size_t peer_uri_size_ = 0;
    char peer_uri_[kPeerUriCharsMax];
};

}  // namespace wasmbed::transport
