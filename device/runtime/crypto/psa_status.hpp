// PSA's status codes as CryptoError. Private to this folder.
#pragma once

#include <psa/crypto.h>

#include "device/runtime/crypto/error.hpp"

namespace wasmbed::crypto {

/// The error for a status other than PSA_SUCCESS.
CryptoError error_of(psa_status_t status);

}  // namespace wasmbed::crypto
