// Writes deterministically encoded CBOR into a caller's buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/proto/cbor_error.hpp"

namespace wasmbed::proto {

/// Appends items. What does not fit is counted but not written, and reported once by `finish`; so a writer over an
/// empty buffer measures. Lengths and numbers come out in the shortest form; the caller writes map keys in bytewise
/// order of their encoding and as many items as it announced.
class CborWriter {
  public:
    explicit CborWriter(MutableBytes out) : out_(out) {}

    CborWriter& uint(std::uint64_t value);
    CborWriter& integer(std::int64_t value);
    CborWriter& boolean(bool value);
    CborWriter& null();
    CborWriter& bytes(Bytes value);
    /// Only the head of a byte string: its `size` bytes follow as `encoded`, or are kept elsewhere.
    CborWriter& bytes_head(std::size_t size);
    /// `value` must be UTF-8.
    CborWriter& text(std::string_view value);
    CborWriter& array(std::size_t items);
    CborWriter& map(std::size_t pairs);
    CborWriter& tag(std::uint64_t number);
    /// Items that are encoded already.
    CborWriter& encoded(Bytes items);
    /// Records an error, unless there is one already.
    void fail_with(CborErrorKind kind);

    /// Bytes written, or that would have been.
    std::size_t size() const { return size_; }
    /// What was written; `no_room` at the size that was needed, or the error the caller recorded.
    Result<Bytes, CborError> finish() const;

  private:
    void head(unsigned major, std::uint64_t argument);
    void raw(Bytes bytes);

    MutableBytes out_;
    std::size_t size_ = 0;
    CborErrorKind error_ = CborErrorKind::none;
};

/// Order of two text keys in a deterministic map: the shorter first, then bytewise.
bool cbor_text_key_less(std::string_view a, std::string_view b);

}  // namespace wasmbed::proto
