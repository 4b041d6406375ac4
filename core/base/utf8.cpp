#include "core/base/utf8.hpp"

#include <cstring>

namespace wasmbed {
namespace {

constexpr bool is_continuation(std::uint8_t byte) {
    return (byte & 0xC0) == 0x80;
}

// Length of the character at the start of `text`; 0 when it is not one of RFC 3629 section 4's forms.
std::size_t character_size(Bytes text) {
    const std::uint8_t lead = text[0];
    if (lead < 0x80) return 1;
    std::size_t size;
    std::uint8_t second_min = 0x80;
    std::uint8_t second_max = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
        size = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        size = 3;
        if (lead == 0xE0) second_min = 0xA0;  // overlong below
        if (lead == 0xED) second_max = 0x9F;  // surrogates above
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        size = 4;
        if (lead == 0xF0) second_min = 0x90;  // overlong below
        if (lead == 0xF4) second_max = 0x8F;  // beyond U+10FFFF above
    } else {
        return 0;
    }
    if (text.size() < size || text[1] < second_min || text[1] > second_max) return 0;
    for (std::size_t i = 2; i < size; ++i) {
        if (!is_continuation(text[i])) return 0;
    }
    return size;
}

}  // namespace

std::size_t utf8_valid_prefix(Bytes text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t size = character_size(text.subspan(at));
        if (size == 0) break;
        at += size;
    }
    return at;
}

std::string_view utf8_clip(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return text;
    // A character has at most three continuation bytes; what has more is not UTF-8 and is cut where it is.
    constexpr std::size_t kContinuationBytesMax = 3;
    std::size_t back = 0;
    while (back < bytes_max && back < kContinuationBytesMax &&
           is_continuation(static_cast<std::uint8_t>(text[bytes_max - back]))) {
        ++back;
    }
    if (is_continuation(static_cast<std::uint8_t>(text[bytes_max - back])) && back == kContinuationBytesMax) back = 0;
    // Not substr: it brings in std::__throw_out_of_range.
    return {text.data(), bytes_max - back};
}

std::size_t utf8_copy(char* to, std::size_t bytes_max, std::string_view text) {
    const std::string_view kept = utf8_clip(text, bytes_max);
    if (!kept.empty()) std::memmove(to, kept.data(), kept.size());
    return kept.size();
}

std::string_view utf8_sanitize(Bytes text, std::span<char> out) {
    std::size_t written = 0;
    while (!text.empty()) {
        const std::size_t valid = character_size(text);
        const std::size_t size = valid == 0 ? 1 : valid;
        if (written + size > out.size()) break;
        for (std::size_t i = 0; i < size; ++i) out[written++] = valid == 0 ? '?' : static_cast<char>(text[i]);
        text = text.subspan(size);
    }
    return {out.data(), written};
}

}  // namespace wasmbed
