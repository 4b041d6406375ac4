#include "core/wasm/reader.hpp"

namespace wasmbed::wasm {

namespace {

/// One code point of well-formed UTF-8 (RFC 3629): its length, or 0.
std::uint32_t utf8_length(Bytes text) {
    const std::uint8_t lead = text[0];
    if (lead < 0x80) return 1;
    std::uint32_t length = 0;
    std::uint8_t low = 0x80;
    std::uint8_t high = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf) {
        length = 2;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        length = 3;
        if (lead == 0xe0) low = 0xa0;   // overlong
        if (lead == 0xed) high = 0x9f;  // surrogates
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        length = 4;
        if (lead == 0xf0) low = 0x90;   // overlong
        if (lead == 0xf4) high = 0x8f;  // beyond U+10FFFF
    }
    if (length == 0 || text.size() < length || text[1] < low || text[1] > high) return 0;
    for (std::uint32_t i = 2; i < length; ++i) {
        if ((text[i] & 0xc0) != 0x80) return 0;
    }
    return length;
}

}  // namespace

void Reader::fail(LoadErrorKind kind, const char* rule, std::uint32_t offset, std::uint32_t index) {
    if (failed_) return;
    failed_ = true;
    error_ = {kind, rule, offset, index};
    at_ = end_;
}

void Reader::malformed(const char* rule, std::uint32_t offset) {
    fail(LoadErrorKind::kMalformed, rule, offset);
}

std::uint8_t Reader::byte() {
    if (at_ >= end_) {
        unexpected_end();
        return 0;
    }
    return data_[at_++];
}

std::uint32_t Reader::u32() {
    if (at_ < end_ && data_[at_] < 0x80) return data_[at_++];
    return static_cast<std::uint32_t>(leb(32, false));
}

std::int32_t Reader::s32() {
    return static_cast<std::int32_t>(leb(32, true));
}

void Reader::unexpected_end() {
    malformed(end_ == size_ ? "unexpected end" : "unexpected end of section or function", at_);
}

// LEB128, section 5.2.2: at most ceil(bits / 7) bytes, and the unused bits of the last one must extend the value.
std::uint64_t Reader::leb(unsigned bits, bool is_signed) {
    const std::uint32_t start = at_;
    if (at_ < end_ && data_[at_] < 0x80) {  // most numbers have one byte
        const std::uint8_t b = data_[at_++];
        return is_signed && (b & 0x40) ? ~std::uint64_t{0x7f} | b : b;
    }
    std::uint64_t value = 0;
    unsigned shift = 0;
    for (;;) {
        const std::uint8_t b = byte();
        if (failed_) return 0;
        value |= std::uint64_t{b & 0x7fu} << shift;
        const unsigned left = bits - shift;
        if (left <= 7) {
            if (b & 0x80) {
                malformed("integer representation too long", start);
                return 0;
            }
            const std::uint8_t unused = static_cast<std::uint8_t>(0x7f & (0x7f << (is_signed ? left - 1 : left)));
            if ((b & unused) != 0 && !(is_signed && (b & unused) == unused)) {
                malformed("integer too large", start);
                return 0;
            }
        }
        shift += 7;
        if (!(b & 0x80)) {
            if (is_signed && (b & 0x40) && shift < 64) value |= ~std::uint64_t{0} << shift;
            return value;
        }
    }
}

std::uint32_t Reader::fixed32() {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < 4; ++i) value |= std::uint32_t{byte()} << (8 * i);
    return value;
}

std::uint64_t Reader::fixed64() {
    const std::uint64_t low = fixed32();
    return low | std::uint64_t{fixed32()} << 32;
}

Bytes Reader::bytes(std::uint32_t count) {
    if (count > left()) {
        malformed("length out of bounds", at_);
        return {};
    }
    Bytes result{data_ + at_, count};
    at_ += count;
    return result;
}

std::string_view Reader::name() {
    const std::uint32_t start = at_;
    Bytes text = bytes(u32());
    for (Bytes rest = text; !rest.empty();) {
        const std::uint32_t length = utf8_length(rest);
        if (length == 0) {
            malformed("malformed UTF-8 encoding", start);
            return {};
        }
        rest = rest.subspan(length);
    }
    return text_of(text);
}

}  // namespace wasmbed::wasm
