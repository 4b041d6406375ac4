#include "core/wasm/reader.hpp"

namespace wasmbed::wasm {

namespace {

[[maybe_unused]] constexpr std::uint32_t kCodePointBytesMax = 4;

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

#if WASMBED_WASM_STREAMED
Reader::Reader(ModuleBytes wasm) : window_(&wasm.window()), size_(wasm.size()), end_(size_) {}
#else
Reader::Reader(ModuleBytes wasm) : data_(wasm.data()), size_(static_cast<std::uint32_t>(wasm.size())), end_(size_) {}
#endif

void Reader::fail(Rule rule, std::uint32_t offset, std::uint32_t index) {
    if (failed_) return;
    failed_ = true;
    error_ = {rule, offset, index};
    at_ = end_;
}

std::uint8_t Reader::byte() {
    if (at_ >= end_) {
        unexpected_end();
        return 0;
    }
#if WASMBED_WASM_STREAMED
    const std::uint8_t* const here = view(at_, 1);
    if (here == nullptr) return 0;
    ++at_;
    return *here;
#else
    return data_[at_++];
#endif
}

std::uint32_t Reader::u32() {
#if !WASMBED_WASM_STREAMED  // most numbers have one byte
    if (at_ < end_ && data_[at_] < 0x80) return data_[at_++];
#endif
    return static_cast<std::uint32_t>(leb(32, false));
}

std::int32_t Reader::s32() {
#if !WASMBED_WASM_STREAMED
    if (at_ < end_ && data_[at_] < 0x80) return (data_[at_++] ^ 0x40) - 0x40;
#endif
    return static_cast<std::int32_t>(leb(32, true));
}

void Reader::unexpected_end() {
    fail(end_ == size_ ? Rule::kUnexpectedEnd : Rule::kUnexpectedEndOfPart, at_);
}

// LEB128, section 5.2.2: at most ceil(bits / 7) bytes, and the unused bits of the last one must extend the value.
std::uint64_t Reader::leb(unsigned bits, bool is_signed) {
    const std::uint32_t start = at_;
    std::uint32_t low = 0;  // of the first four bytes, which are all that most numbers have and never the last possible
    unsigned shift = 0;
    for (; shift < 28; shift += 7) {
        const std::uint8_t b = done() ? byte() : opcode();
        low |= (b & 0x7fu) << shift;
        if (b & 0x80) continue;
        if (failed_) return 0;
        const unsigned above = 25 - shift;
        if (is_signed) return static_cast<std::uint64_t>(static_cast<std::int32_t>(low << above) >> above);
        return low;
    }
    std::uint64_t value = low;
    for (;;) {
        const std::uint8_t b = byte();
        if (failed_) return 0;
        value |= std::uint64_t{b & 0x7fu} << shift;
        const unsigned left = bits - shift;
        if (left <= 7) {
            if (b & 0x80) {
                fail(Rule::kIntegerTooLong, start);
                return 0;
            }
            const std::uint8_t unused = static_cast<std::uint8_t>(0x7f & (0x7f << (is_signed ? left - 1 : left)));
            if ((b & unused) != 0 && !(is_signed && (b & unused) == unused)) {
                fail(Rule::kIntegerTooLarge, start);
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

#if WASMBED_WASM_STREAMED

void Reader::skip(std::uint32_t count) {
    if (count > left()) {
        fail(Rule::kLengthOutOfBounds, at_);
        return;
    }
    at_ += count;
}

Bytes Reader::bytes(std::uint32_t count) {
    const std::uint32_t start = at_;
    skip(count);
    const std::uint8_t* const here = failed_ || count == 0 ? nullptr : view(start, count);
    return here == nullptr ? Bytes{} : Bytes{here, count};
}

void Reader::skip_name() {
    const std::uint32_t start = at_;
    const std::uint32_t count = u32();
    std::uint32_t at = at_;
    skip(count);
    while (at < at_ && !failed_) {
        const std::uint32_t rest = at_ - at;
        const std::uint32_t seen = rest < kCodePointBytesMax ? rest : kCodePointBytesMax;
        const std::uint8_t* const here = view(at, seen);
        if (here == nullptr) return;
        const std::uint32_t length = utf8_length({here, seen});
        if (length == 0) fail(Rule::kUtf8, start);
        at += length;
    }
}

std::string_view Reader::name() {
    const std::uint32_t start = at_;
    skip_name();
    if (failed_) return {};
    const std::uint32_t end = at_;
    at_ = start;
    const std::uint32_t count = u32();
    at_ = end;
    const std::uint8_t* const here = count == 0 ? nullptr : view(end - count, count);
    return here == nullptr ? std::string_view{} : wasmbed::text_of({here, count});
}

const std::uint8_t* Reader::view(std::uint32_t offset, std::uint32_t count) {
    const std::uint8_t* const found = window_->view(offset, count);
    if (found == nullptr) {
        const bool fits = count <= window_->room();
        fail(fits ? Rule::kUnreadable : Rule::kNameLength, offset, count);
    }
    return found;
}

std::uint8_t Reader::peek() {
    const std::uint8_t* const here = at_ < end_ ? view(at_, 1) : nullptr;
    return here == nullptr ? 0 : *here;
}

void Reader::gather(std::uint32_t from) {
    if (!failed_) (void)view(from, at_ - from);
}

const std::uint8_t* ModuleWindow::view(std::uint32_t offset, std::uint32_t count) {
    if (offset >= start_ && offset - start_ <= filled_ && count <= filled_ - (offset - start_))
        return room_.data() + (offset - start_);
    const std::uint32_t rest = size_ - offset;
    const std::uint32_t wanted = rest < room_.size() ? rest : static_cast<std::uint32_t>(room_.size());
    filled_ = 0;
    if (count > wanted || !source_.read(offset, room_.first(wanted))) return nullptr;
    start_ = offset;
    filled_ = wanted;
    return room_.data();
}

#else

Bytes Reader::bytes(std::uint32_t count) {
    if (count > left()) {
        fail(Rule::kLengthOutOfBounds, at_);
        return {};
    }
    Bytes result{data_ + at_, count};
    at_ += count;
    return result;
}

std::string_view Reader::name() {
    const std::uint32_t start = at_;
    const Bytes text = bytes(u32());
    for (Bytes rest = text; !rest.empty();) {
        const std::uint32_t length = utf8_length(rest);
        if (length == 0) {
            fail(Rule::kUtf8, start);
            return {};
        }
        rest = rest.subspan(length);
    }
    return wasmbed::text_of(text);
}

#endif

}  // namespace wasmbed::wasm
