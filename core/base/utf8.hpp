// UTF-8, RFC 3629: checking, cutting and repairing text.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "core/base/bytes.hpp"

namespace wasmbed {

/// Offset of the first byte that is not part of a well-formed character (overlong forms and surrogates are not);
/// `text.size()` when all is well.
std::size_t utf8_valid_prefix(Bytes text);

inline bool utf8_valid(Bytes text) {
    return utf8_valid_prefix(text) == text.size();
}

/// The longest beginning of `text` that has at most `bytes_max` bytes and does not end inside a character.
std::string_view utf8_clip(std::string_view text, std::size_t bytes_max);

/// Copies `text`, cut like that, to `to`; returns the bytes. The two may overlap.
std::size_t utf8_copy(char* to, std::size_t bytes_max, std::string_view text);

/// Copies `text` into `out`, replacing each byte that is not UTF-8 by '?', cut at a character boundary when it does not
/// fit. Returns what was written. For text of untrusted origin (an app's log line) that must travel as CBOR text.
std::string_view utf8_sanitize(Bytes text, std::span<char> out);

}  // namespace wasmbed
