// The pre-shared key that a client offers, out of its ClientHello.
#pragma once

#include <string>

#include "core/base/bytes.hpp"

namespace wasmbed::gateway {

/// Identity of the first key in a `pre_shared_key` extension's content (RFC 8446 section 4.2.11): devices offer one,
/// their uid. Empty when it is not printable text of at most 36 characters.
inline std::string offered_psk_identity(Bytes extension) {
    constexpr std::size_t kIdentityMax = 36;  // a uid
    if (extension.size() < 4) return {};
    const std::size_t size = std::size_t{extension[2]} << 8 | extension[3];
    if (size > kIdentityMax || extension.size() - 4 < size) return {};
    std::string identity{text_of(extension.subspan(4, size))};
    for (const char c : identity) {
        if (c <= 0x20 || c >= 0x7F) return {};
    }
    return identity;
}

}  // namespace wasmbed::gateway
