#include "core/proto/cbor_reader.hpp"

#include "core/proto/cbor_head.hpp"

namespace wasmbed::proto {

using namespace cbor_major;

CborReader::CborReader(Bytes item) : bytes_(item) {
    const auto valid = cbor_validate(item);
    if (!valid) error_ = valid.error();
}

void CborReader::fail_at(CborErrorKind kind, std::size_t offset) {
    if (ok()) error_ = {kind, static_cast<std::uint32_t>(offset)};
}

// Consumes the head of an item of type `major` whose argument is within [min, max].
bool CborReader::take(unsigned major, std::uint64_t min, std::uint64_t max, std::uint64_t& argument) {
    argument = 0;
    if (!ok()) return false;
    CborHead head;
    CborErrorKind error = cbor_read_head(bytes_, at_, head);
    if (error == CborErrorKind::none && head.major != major) error = CborErrorKind::wrong_type;
    if (error == CborErrorKind::none && (head.argument < min || head.argument > max))
        error = CborErrorKind::out_of_range;
    if (error != CborErrorKind::none) {
        fail_at(error, at_);
        return false;
    }
    at_ += head.bytes;
    argument = head.argument;
    return true;
}

std::uint64_t CborReader::read_uint(std::uint64_t max) {
    std::uint64_t value;
    take(kUint, 0, max, value);
    return value;
}

std::int64_t CborReader::read_int() {
    const bool negative = at_ < bytes_.size() && bytes_[at_] >> 5 == kNegative;
    std::uint64_t value;
    take(negative ? kNegative : kUint, 0, INT64_MAX, value);
    const auto magnitude = static_cast<std::int64_t>(value);
    return negative && ok() ? -1 - magnitude : magnitude;
}

bool CborReader::read_bool() {
    const std::size_t start = at_;
    std::uint64_t value;
    if (!take(kSimple, 0, UINT64_MAX, value)) return false;
    // A float has more bytes than its head's first.
    if (at_ != start + 1 || (value != kCborFalse && value != kCborTrue)) fail_at(CborErrorKind::wrong_type, start);
    return ok() && value == kCborTrue;
}

bool CborReader::skip_null() {
    if (!ok() || at_ >= bytes_.size() || bytes_[at_] != (kSimple << 5 | kCborNull)) return false;
    ++at_;
    return true;
}

Bytes CborReader::take_string(unsigned major, std::size_t min, std::size_t max) {
    std::uint64_t size;
    if (!take(major, min, max, size)) return {};
    const Bytes content = bytes_.subspan(at_, static_cast<std::size_t>(size));
    at_ += content.size();
    return content;
}

Bytes CborReader::read_bytes(std::size_t min, std::size_t max) {
    return take_string(kBytes, min, max);
}

std::string_view CborReader::read_text(std::size_t min, std::size_t max) {
    return text_of(take_string(kText, min, max));
}

std::size_t CborReader::read_array(std::size_t min, std::size_t max) {
    std::uint64_t count;
    take(kArray, min, max, count);
    return static_cast<std::size_t>(count);
}

std::size_t CborReader::read_map(std::size_t min, std::size_t max) {
    std::uint64_t count;
    take(kMap, min, max, count);
    return static_cast<std::size_t>(count);
}

std::uint64_t CborReader::read_tag() {
    std::uint64_t number;
    take(kTag, 0, UINT64_MAX, number);
    return number;
}

Bytes CborReader::skip() {
    const std::size_t start = at_;
    // Depth and order were validated: counting heads that are still to come is enough. Each has a byte, so it ends.
    for (std::uint64_t heads = 1; heads > 0 && ok(); --heads) {
        CborHead head;
        const CborErrorKind error = cbor_read_head(bytes_, at_, head);
        if (error != CborErrorKind::none) {
            fail_at(error, at_);
            return {};
        }
        at_ += head.bytes;
        switch (head.major) {
            case kBytes:
            case kText:
                at_ += static_cast<std::size_t>(head.argument);
                break;
            case kArray:
                heads += head.argument;
                break;
            case kMap:
                heads += 2 * head.argument;
                break;
            case kTag:
                ++heads;
                break;
            default:
                break;
        }
    }
    return ok() ? bytes_.subspan(start, at_ - start) : Bytes{};
}

}  // namespace wasmbed::proto
