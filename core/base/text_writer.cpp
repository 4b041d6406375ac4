#include "core/base/text_writer.hpp"

#include "core/base/utf8.hpp"

namespace wasmbed {

void TextWriter::put(char c) {
    if (size_ < out_.size()) {
        out_[size_++] = c;
    } else {
        truncated_ = true;
    }
}

TextWriter& TextWriter::text(std::string_view s) {
    const std::string_view kept = utf8_clip(s, out_.size() - size_);
    for (char c : kept) put(c);
    if (kept.size() < s.size()) truncated_ = true;
    return *this;
}

TextWriter& TextWriter::text(const char* s) {
    return text(std::string_view{s});
}

TextWriter& TextWriter::decimal(std::uint64_t value) {
    char digits[20];  // 2^64 - 1 has 20
    std::size_t count = 0;
    do {
        digits[count++] = static_cast<char>('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (count > 0) put(digits[--count]);
    return *this;
}

TextWriter& TextWriter::signed_decimal(std::int64_t value) {
    if (value >= 0) return decimal(static_cast<std::uint64_t>(value));
    put('-');
    return decimal(0 - static_cast<std::uint64_t>(value));
}

TextWriter& TextWriter::hex(std::uint64_t value, unsigned digits) {
    for (unsigned nibble = 16; nibble-- > 0;) {
        const std::uint64_t rest = value >> (4 * nibble);
        if (rest != 0 || nibble < digits || nibble == 0) put("0123456789abcdef"[rest & 15]);
    }
    return *this;
}

TextWriter& TextWriter::hex_bytes(Bytes bytes) {
    for (std::uint8_t byte : bytes) hex(byte, 2);
    return *this;
}

TextWriter& TextWriter::uptime(std::uint64_t ms) {
    const std::uint64_t seconds = ms / 1000;
    put('[');
    for (std::uint64_t bound = 100'000; bound > 1 && seconds < bound; bound /= 10) put(' ');
    decimal(seconds).put('.');
    const auto rest = static_cast<unsigned>(ms - seconds * 1000);
    if (rest < 100) put('0');
    if (rest < 10) put('0');
    return decimal(rest).text("] ");
}

}  // namespace wasmbed
