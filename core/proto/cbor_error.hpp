// What can be wrong with CBOR input, and where.
#pragma once

#include <cstdint>
#include <string_view>

namespace wasmbed::proto {

/// Why an encoded item was refused. Section numbers are of RFC 8949.
enum class CborErrorKind : std::uint8_t {
    none,
    truncated,          ///< the bytes end inside the item
    trailing_bytes,     ///< bytes after the item
    indefinite_length,  ///< section 4.2.1 forbids it
    not_shortest,       ///< an integer, length or float in a longer form than needed, section 4.2.1
    reserved,           ///< additional information 28 to 30, or a two-byte simple value below 32
    unsorted_key,       ///< map keys not in bytewise order, section 4.2.1
    duplicate_key,
    invalid_utf8,
    too_deep,      ///< more than kCborDepthMax arrays, maps and tags inside each other
    wrong_type,    ///< another type than the CDDL says
    out_of_range,  ///< a number, length or count outside what the CDDL says
    missing_key,   ///< a key that the CDDL requires is not there
    no_room,       ///< writing: the item does not fit the buffer
};

/// For logs: "not_shortest" and so on.
const char* cbor_error_name(CborErrorKind kind);

struct CborError {
    CborErrorKind kind = CborErrorKind::none;
    /// Offset in the bytes that were read, of the item that is wrong.
    std::uint32_t offset = 0;

    friend bool operator==(const CborError&, const CborError&) = default;
};

/// Arrays, maps and tags inside each other, at most (wire.cddl).
inline constexpr unsigned kCborDepthMax = 8;

}  // namespace wasmbed::proto
