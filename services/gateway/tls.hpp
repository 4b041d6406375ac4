// TLS of the device port, behind an interface without sockets: ciphertext goes in, plaintext and ciphertext come out.
//
// The library behind it is chosen by `make_openssl_server`; nothing outside tls_openssl.cpp knows it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"

namespace wasmbed::gateway {

/// The two protocols of the device port, told apart by ALPN (RFC 7301).
enum class Protocol : std::uint8_t {
    session,  ///< `wasmbed/1`: mutual TLS, the client is an enrolled device
    enroll,   ///< `wasmbed-enroll/1`: the client has no certificate yet
};

inline constexpr std::string_view kSessionAlpn = "wasmbed/1";
inline constexpr std::string_view kEnrollAlpn = "wasmbed-enroll/1";

/// Largest plaintext of a record until the device's Hello names its own limit, bytes (architecture, "The link").
inline constexpr std::size_t kRecordBytesBeforeHello = 2048;

/// Who is at the other end, known once the handshake is over.
struct TlsPeer {
    Protocol protocol = Protocol::enroll;
    std::string device_uid;  ///< from the SAN URI `wasmbed:device:<uid>`, or the PSK's identity; empty for `enroll`
    bool psk = false;        ///< proved by a pre-shared key: there is no certificate
    std::string serial;      ///< certificate's serial, lower-case hex, even number of digits; empty for `enroll`
    std::string public_key_sha256;  ///< SHA-256 of the SubjectPublicKeyInfo, lower-case hex; empty for `enroll`
    std::string_view cipher;        ///< name of the cipher suite, IANA spelling; lives for ever
};

/// Why a handshake failed, as far as it matters who is told what.
enum class TlsFailure : std::uint8_t {
    none,
    alpn,            ///< neither protocol was offered
    version,         ///< the client has no TLS 1.3
    no_certificate,  ///< none was given where one is needed
    untrusted,       ///< the chain does not lead to a device CA, or is for another purpose
    expired,
    not_yet_valid,
    not_a_device,  ///< a valid certificate of another role
    other,
};

enum class TlsState : std::uint8_t {
    handshaking,
    open,
    closed,  ///< the peer said close_notify; nothing more arrives
    failed,  ///< `TlsConnection::error` says why; an alert may lie in the output
};

/// Server side of one TLS connection. Not thread-safe; every connection of one TlsServer is used on one thread.
class TlsConnection {
  public:
    virtual ~TlsConnection() = default;

    /// Takes what arrived from the network and goes as far as it can. Decrypted bytes are appended to `plaintext`,
    /// bytes to send to `output`, also when the result is `failed` (an alert). Never blocks.
    virtual TlsState receive(Bytes ciphertext, std::vector<std::uint8_t>& plaintext,
                             std::vector<std::uint8_t>& output) = 0;

    /// Identity of a pre-shared key that the client offers and that is not answered yet: the handshake waits for
    /// `answer_psk`. Empty: none.
    virtual std::string_view wanted_psk() const = 0;
    /// The key of that identity, 32 bytes; empty: there is none, and the handshake goes on without. Then call `receive`
    /// again, with nothing.
    virtual void answer_psk(Bytes key) = 0;

    /// Encrypts `plaintext`, in as few records as the limit allows. Only in state `open`; false when the connection
    /// failed.
    [[nodiscard]] virtual bool send(Bytes plaintext, std::vector<std::uint8_t>& output) = 0;

    /// Appends close_notify to `output`.
    virtual void close(std::vector<std::uint8_t>& output) = 0;

    /// Largest plaintext of a record from now on, bytes; taken as 512 when smaller, and 16,384 when larger.
    virtual void limit_records(std::size_t plaintext_bytes_max) = 0;

    /// Valid once `receive` has returned `open`.
    virtual const TlsPeer& peer() const = 0;

    /// Why the connection failed, for the log: "client certificate: certificate has expired".
    virtual std::string error() const = 0;
    /// The same as a kind; `other` for what fails after the handshake.
    virtual TlsFailure failure() const = 0;
};

/// Makes connections; they may outlive it.
class TlsServer {
  public:
    virtual ~TlsServer() = default;
    /// A connection that has seen nothing yet; it costs about 20 KB, so ask for it when the first byte is there.
    virtual std::unique_ptr<TlsConnection> accept() = 0;
};

/// PEM texts of one device port.
struct TlsCredentials {
    std::string certificate_chain;  ///< leaf first, SAN URI `wasmbed:gateway:<namespace>/<name>`
    std::string private_key;        ///< of the leaf
    std::string device_roots;       ///< the device CAs; no other chain is accepted from a device
};

/// What is wrong with the credentials, for people: "gateway certificate: no start line".
struct TlsConfigError {
    std::string message;
};

/// A TLS 1.3 server on OpenSSL: no session tickets, one BIO for all its connections, buffers released when idle.
Result<std::unique_ptr<TlsServer>, TlsConfigError> make_openssl_server(const TlsCredentials& credentials);

}  // namespace wasmbed::gateway
