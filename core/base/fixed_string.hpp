// A string of at most N bytes that lives where it is declared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/base/utf8.hpp"

namespace wasmbed {

/// At most N bytes of text; never allocates. What is assigned beyond N is cut at a character boundary.
template <std::size_t N>
class FixedString {
    static_assert(N <= UINT16_MAX);

  public:
    FixedString() = default;
    FixedString(std::string_view text) { assign(text); }

    /// False when `text` was cut.
    bool assign(std::string_view text) {
        size_ = static_cast<std::uint16_t>(utf8_copy(data_, N, text));
        return size_ == text.size();
    }

    void clear() { size_ = 0; }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    static constexpr std::size_t capacity() { return N; }

    std::string_view view() const { return {data_, size_}; }
    operator std::string_view() const { return view(); }
    friend bool operator==(const FixedString& a, std::string_view b) { return a.view() == b; }

  private:
    char data_[N];  // meaningful up to size_
    std::uint16_t size_ = 0;
};

}  // namespace wasmbed
