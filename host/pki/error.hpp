// The error of host/pki: what was wrong, where, and what to do about it.
#pragma once

#include <string>

#include "core/base/result.hpp"

namespace wasmbed::pki {

/// One sentence for an operator or a log; it never holds key material.
struct PkiError {
    std::string message;
};

template <class T>
using PkiResult = Result<T, PkiError>;

}  // namespace wasmbed::pki
