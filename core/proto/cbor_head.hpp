// The head of one CBOR item: major type and argument (RFC 8949 section 3), deterministic forms only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/bytes.hpp"
#include "core/proto/cbor_error.hpp"

namespace wasmbed::proto {

/// Major types of RFC 8949 section 3.1.
namespace cbor_major {
inline constexpr unsigned kUint = 0;
inline constexpr unsigned kNegative = 1;
inline constexpr unsigned kBytes = 2;
inline constexpr unsigned kText = 3;
inline constexpr unsigned kArray = 4;
inline constexpr unsigned kMap = 5;
inline constexpr unsigned kTag = 6;
inline constexpr unsigned kSimple = 7;  ///< simple values and floats
}  // namespace cbor_major

/// Simple values, RFC 8949 section 3.3.
inline constexpr std::uint64_t kCborFalse = 20;
inline constexpr std::uint64_t kCborTrue = 21;
inline constexpr std::uint64_t kCborNull = 22;

struct CborHead {
    unsigned major = 0;
    unsigned bytes = 0;  ///< of the head itself
    std::uint64_t argument = 0;
    /// major kSimple: `argument` is the bits of a float of bytes - 1 bytes, not a simple value
    bool is_float = false;
};

/// Reads the head at `at`. For strings the content is there too, or it is an error.
CborErrorKind cbor_read_head(Bytes bytes, std::size_t at, CborHead& head);

}  // namespace wasmbed::proto
