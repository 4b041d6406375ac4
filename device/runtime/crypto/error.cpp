#include "device/runtime/crypto/error.hpp"

namespace wasmbed::crypto {

const char* text_of(CryptoError error) {
    switch (error) {
        case CryptoError::NoEntropy:
            return "no secure random source";
        case CryptoError::NoMemory:
            return "crypto memory is used up";
        case CryptoError::BadKey:
            return "not a P-256 private key";
        case CryptoError::BadCertificate:
            return "not an X.509 certificate with a P-256 key";
        case CryptoError::BadArgument:
            return "argument out of range";
        case CryptoError::BufferTooSmall:
            return "buffer too small";
        case CryptoError::Internal:
            break;
    }
    return "crypto library failed";
}

}  // namespace wasmbed::crypto
