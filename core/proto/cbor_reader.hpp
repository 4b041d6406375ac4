// Reads deterministically encoded CBOR (RFC 8949 section 4.2) in place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/proto/cbor_error.hpp"

namespace wasmbed::proto {

/// Checks that `bytes` is exactly one item in deterministic encoding: definite lengths, shortest forms, sorted keys
/// without duplicates, UTF-8 text, depth <= kCborDepthMax, nothing after it. Neither recursive nor allocating.
Result<void, CborError> cbor_validate(Bytes bytes);

/// A pull reader over one item that it validates whole when constructed, so that the calls below only check types and
/// ranges. The first error stays; after it every call returns zero or empty and consumes nothing, so a caller may read
/// on and ask once at the end. Strings are views into the input.
class CborReader {
  public:
    /// Validates; on error the reader starts in the error state. Input beyond 4 GiB is not supported.
    explicit CborReader(Bytes item);

    /// A reader over items known to be valid: a part of what another reader has been over.
    static CborReader of_validated(Bytes items) { return CborReader(items, Validated{}); }

    std::uint64_t read_uint(std::uint64_t max = UINT64_MAX);
    std::int64_t read_int();
    bool read_bool();
    Bytes read_bytes(std::size_t min = 0, std::size_t max = SIZE_MAX);
    std::string_view read_text(std::size_t min = 0, std::size_t max = SIZE_MAX);
    /// The number of items that follow.
    std::size_t read_array(std::size_t min = 0, std::size_t max = SIZE_MAX);
    /// The number of key/value pairs that follow.
    std::size_t read_map(std::size_t min = 0, std::size_t max = SIZE_MAX);
    /// The tag's number; the tagged item follows.
    std::uint64_t read_tag();

    /// True if the next item is `null`; consumes it then.
    bool skip_null();
    /// Steps over one item of any type, with all that is in it, and returns its encoding.
    Bytes skip();

    /// What was read since `offset`, a value of offset() from before.
    Bytes since(std::size_t offset) const { return bytes_.subspan(offset, at_ - offset); }

    /// Records an error at `offset`, unless there is one already. For checks that the caller makes.
    void fail_at(CborErrorKind kind, std::size_t offset);

    bool ok() const { return error_.kind == CborErrorKind::none; }
    CborError error() const { return error_; }
    /// Offset of the next item; also when in error.
    std::size_t offset() const { return at_; }
    bool at_end() const { return at_ == bytes_.size(); }

  private:
    struct Validated {};
    CborReader(Bytes items, Validated) : bytes_(items) {}

    bool take(unsigned major, std::uint64_t min, std::uint64_t max, std::uint64_t& argument);
    Bytes take_string(unsigned major, std::size_t min, std::size_t max);

    Bytes bytes_;
    std::size_t at_ = 0;
    CborError error_;
};

}  // namespace wasmbed::proto
