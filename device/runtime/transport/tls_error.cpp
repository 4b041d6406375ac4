#include "device/runtime/transport/tls_client.hpp"

namespace wasmbed::transport {

const char* text_of(TlsError error) {
    switch (error) {
        case TlsError::None:
            return "no error";
        case TlsError::Stream:
            return "connection failed";
        case TlsError::BadRoots:
            return "service root certificate is not valid";
        case TlsError::BadOwnCertificate:
            return "own certificate is not valid";
        case TlsError::BadOwnKey:
            return "own key and certificate do not match";
        case TlsError::UntrustedPeer:
            return "peer's certificate: no service root signed it";
        case TlsError::WrongPeerRole:
            return "peer's certificate is not a gateway's";
        case TlsError::AlpnMismatch:
            return "peer speaks another protocol";
        case TlsError::RefusedByPeer:
            return "peer refused the session";
        case TlsError::ProtocolError:
            return "peer broke the TLS protocol";
        case TlsError::RecordTooLarge:
            return "peer sent a record over 4096 bytes";
        case TlsError::PeerGone:
            return "connection ended within the session";
        case TlsError::NoMemory:
            return "crypto memory is used up";
        case TlsError::NoEntropy:
            return "no secure random source";
        case TlsError::NotOpen:
            return "session is not open";
        case TlsError::Internal:
            break;
    }
    return "TLS library failed";
}

}  // namespace wasmbed::transport
