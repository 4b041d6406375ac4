// Why a cryptographic operation on the device failed.
#pragma once

#include <cstdint>

namespace wasmbed::crypto {

enum class CryptoError : std::uint8_t {
    NoEntropy,       ///< the random source is missing or failed; nothing secret may be made
    NoMemory,        ///< the crypto arena or the key slots are used up
    BadKey,          ///< not a P-256 private scalar
    BadCertificate,  ///< not a DER X.509 certificate with a P-256 key
    BadArgument,     ///< a length or character outside the documented range
    BufferTooSmall,  ///< the result does not fit `out`
    Internal,        ///< the library failed in a way the above do not cover
};
[[nodiscard]] const char* text_of(CryptoError error);

}  // namespace wasmbed::crypto
