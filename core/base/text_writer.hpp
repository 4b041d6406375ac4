// Text built in a caller's buffer, without printf.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/base/bytes.hpp"

namespace wasmbed {

/// Appends to a buffer; what does not fit is cut, and `truncated` says so. Never writes a terminator.
class TextWriter {
  public:
    explicit TextWriter(std::span<char> out) : out_(out) {}

    TextWriter& text(std::string_view s);
    /// Ends with a zero byte. Not inline: most text is literals, and a pointer alone is the smallest thing to pass.
    TextWriter& text(const char* s);
    TextWriter& decimal(std::uint64_t value);
    TextWriter& signed_decimal(std::int64_t value);
    /// Lower-case, no prefix, at least `digits` digits.
    TextWriter& hex(std::uint64_t value, unsigned digits = 1);
    /// Two lower-case hex digits per byte.
    TextWriter& hex_bytes(Bytes bytes);

    /// "[%6u.%03u] ", seconds and milliseconds: how console lines begin.
    TextWriter& uptime(std::uint64_t ms);

    std::string_view view() const { return {out_.data(), size_}; }
    bool truncated() const { return truncated_; }

  private:
    void put(char c);

    std::span<char> out_;
    std::size_t size_ = 0;
    bool truncated_ = false;
};

}  // namespace wasmbed
