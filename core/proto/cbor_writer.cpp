#include "core/proto/cbor_writer.hpp"

#include <algorithm>

#include "core/proto/cbor_head.hpp"

namespace wasmbed::proto {

using namespace cbor_major;

void CborWriter::raw(Bytes bytes) {
    if (size_ <= out_.size() && bytes.size() <= out_.size() - size_) {
        std::copy(bytes.begin(), bytes.end(), out_.begin() + static_cast<std::ptrdiff_t>(size_));
    }
    size_ += bytes.size();
}

// The shortest form of section 3: in the first byte up to 23, then in 1, 2, 4 or 8 bytes.
void CborWriter::head(unsigned major, std::uint64_t argument) {
    std::uint8_t bytes[9];
    unsigned width = 0;
    if (argument > 23) {
        width = argument <= UINT8_MAX ? 1 : argument <= UINT16_MAX ? 2 : argument <= UINT32_MAX ? 4 : 8;
    }
    std::uint64_t rest = argument;
    for (unsigned i = width; i > 0; --i) {
        bytes[i] = static_cast<std::uint8_t>(rest);
        rest >>= 8;
    }
    const unsigned info =
        width == 0 ? static_cast<unsigned>(argument) : 24U + static_cast<unsigned>(__builtin_ctz(width));
    bytes[0] = static_cast<std::uint8_t>(major << 5 | info);
    raw(Bytes(bytes, 1 + width));
}

CborWriter& CborWriter::uint(std::uint64_t value) {
    head(kUint, value);
    return *this;
}

CborWriter& CborWriter::integer(std::int64_t value) {
    if (value >= 0) {
        head(kUint, static_cast<std::uint64_t>(value));
    } else {
        head(kNegative, ~static_cast<std::uint64_t>(value));  // -1 - n
    }
    return *this;
}

CborWriter& CborWriter::boolean(bool value) {
    head(kSimple, value ? kCborTrue : kCborFalse);
    return *this;
}

CborWriter& CborWriter::null() {
    head(kSimple, kCborNull);
    return *this;
}

CborWriter& CborWriter::bytes_head(std::size_t size) {
    head(kBytes, size);
    return *this;
}

CborWriter& CborWriter::bytes(Bytes value) {
    return bytes_head(value.size()).encoded(value);
}

CborWriter& CborWriter::text(std::string_view value) {
    head(kText, value.size());
    raw(bytes_of(value));
    return *this;
}

CborWriter& CborWriter::array(std::size_t items) {
    head(kArray, items);
    return *this;
}

CborWriter& CborWriter::map(std::size_t pairs) {
    head(kMap, pairs);
    return *this;
}

CborWriter& CborWriter::tag(std::uint64_t number) {
    head(kTag, number);
    return *this;
}

CborWriter& CborWriter::encoded(Bytes items) {
    raw(items);
    return *this;
}

void CborWriter::fail_with(CborErrorKind kind) {
    if (error_ == CborErrorKind::none) error_ = kind;
}

Result<Bytes, CborError> CborWriter::finish() const {
    if (error_ != CborErrorKind::none) return fail(CborError{error_, static_cast<std::uint32_t>(size_)});
    if (size_ > out_.size()) return fail(CborError{CborErrorKind::no_room, static_cast<std::uint32_t>(size_)});
    return Bytes(out_).first(size_);
}

bool cbor_text_key_less(std::string_view a, std::string_view b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
}

}  // namespace wasmbed::proto
