// Validation of one item in one pass, with an explicit stack.

#include <algorithm>

#include "core/base/endian.hpp"
#include "core/base/utf8.hpp"
#include "core/proto/cbor_head.hpp"
#include "core/proto/cbor_reader.hpp"

namespace wasmbed::proto {
namespace {

using namespace cbor_major;

/// The fields of an IEEE 754 number of 16, 32 or 64 bits.
struct FloatFormat {
    unsigned exponent_bits;
    unsigned fraction_bits;
};
constexpr FloatFormat kHalf{5, 10};
constexpr FloatFormat kSingle{8, 23};
constexpr FloatFormat kDouble{11, 52};

// Whether a number's value survives in the next shorter format; then section 4.2.1 wants the shorter one.
// NaN does too: only its half-precision form is allowed.
bool fits(std::uint64_t bits, FloatFormat wide, FloatFormat narrow) {
    const std::uint64_t exponent = bits >> wide.fraction_bits & ((std::uint64_t{1} << wide.exponent_bits) - 1);
    const std::uint64_t fraction = bits & ((std::uint64_t{1} << wide.fraction_bits) - 1);
    const std::uint64_t exponent_max = (std::uint64_t{1} << wide.exponent_bits) - 1;
    if (exponent == exponent_max) return true;  // infinity, NaN
    if (exponent == 0) return fraction == 0;    // zero; a wide subnormal is below every narrow number
    const int power = static_cast<int>(exponent) - static_cast<int>(exponent_max / 2);
    const int narrow_bias = (1 << (narrow.exponent_bits - 1)) - 1;
    if (power > narrow_bias) return false;
    // Below the narrow format's normal numbers each step costs a bit of the fraction.
    const int bits_lost = std::max(0, 1 - narrow_bias - power);
    if (bits_lost > static_cast<int>(narrow.fraction_bits)) return false;
    const unsigned zeros_needed = wide.fraction_bits - narrow.fraction_bits + static_cast<unsigned>(bits_lost);
    // The implicit leading one has to survive too: zeros_needed <= wide.fraction_bits holds by the check above.
    return (fraction & ((std::uint64_t{1} << zeros_needed) - 1)) == 0;
}

bool float_is_shortest(const CborHead& head) {
    switch (head.bytes) {
        case 3: {
            constexpr std::uint64_t kInfinity = 0x7C00;
            constexpr std::uint64_t kCanonicalNan = 0x7E00;
            return (head.argument & 0x7FFF) <= kInfinity || head.argument == kCanonicalNan;
        }
        case 5:
            return !fits(head.argument, kSingle, kHalf);
        default:
            return !fits(head.argument, kDouble, kSingle);
    }
}

// An array, map or tag that is not at its end.
struct Level {
    std::uint64_t items_left;  // keys and values of a map count each
    bool is_map;
    bool has_key;           // `key` is the last key
    std::uint32_t item_at;  // start of the present item
    std::uint32_t key_at;
    std::uint32_t key_bytes;
};

class Validator {
  public:
    explicit Validator(Bytes bytes) : bytes_(bytes) {}

    Result<void, CborError> run() {
        do {
            const CborErrorKind error = step();
            if (error != CborErrorKind::none) return fail(CborError{error, static_cast<std::uint32_t>(error_at_)});
        } while (depth_ > 0);
        if (at_ != bytes_.size())
            return fail(CborError{CborErrorKind::trailing_bytes, static_cast<std::uint32_t>(at_)});
        return {};
    }

  private:
    // One head, with its content if it is a string; then ends every level that this completes.
    CborErrorKind step() {
        error_at_ = at_;
        if (depth_ > 0) levels_[depth_ - 1].item_at = static_cast<std::uint32_t>(at_);
        CborHead head;
        const CborErrorKind error = cbor_read_head(bytes_, at_, head);
        if (error != CborErrorKind::none) return error;
        at_ += head.bytes;

        std::uint64_t children = 0;
        switch (head.major) {
            case kBytes:
            case kText:
                if (head.major == kText && !utf8_valid(bytes_.subspan(at_, head.argument)))
                    return CborErrorKind::invalid_utf8;
                at_ += head.argument;
                break;
            case kSimple:
                if (head.is_float && !float_is_shortest(head)) return CborErrorKind::not_shortest;
                break;
            case kArray:
                children = head.argument;
                break;
            case kMap:
                children = head.argument * 2;
                break;
            case kTag:
                children = 1;
                break;
            default:
                break;
        }
        if (head.major >= kArray && head.major <= kTag) {
            if (depth_ == kCborDepthMax) return CborErrorKind::too_deep;
            levels_[depth_++] = {.items_left = children,
                                 .is_map = head.major == kMap,
                                 .has_key = false,
                                 .item_at = 0,
                                 .key_at = 0,
                                 .key_bytes = 0};
            if (children > 0) return CborErrorKind::none;
            --depth_;
        }
        return item_done();
    }

    CborErrorKind item_done() {
        while (depth_ > 0) {
            Level& level = levels_[depth_ - 1];
            const bool was_key = level.is_map && level.items_left % 2 == 0;
            if (was_key) {
                const CborErrorKind error = check_key(level);
                if (error != CborErrorKind::none) return error;
            }
            if (--level.items_left > 0) break;
            --depth_;
        }
        return CborErrorKind::none;
    }

    // Section 4.2.1: keys in bytewise order of their encoding.
    CborErrorKind check_key(Level& level) {
        const Bytes key = bytes_.subspan(level.item_at, at_ - level.item_at);
        if (level.has_key) {
            const Bytes last = bytes_.subspan(level.key_at, level.key_bytes);
            error_at_ = level.item_at;
            if (std::ranges::equal(last, key)) return CborErrorKind::duplicate_key;
            if (!std::ranges::lexicographical_compare(last, key)) return CborErrorKind::unsorted_key;
        }
        level.has_key = true;
        level.key_at = level.item_at;
        level.key_bytes = static_cast<std::uint32_t>(key.size());
        return CborErrorKind::none;
    }

    Bytes bytes_;
    std::size_t at_ = 0;
    std::size_t error_at_ = 0;
    unsigned depth_ = 0;
    Level levels_[kCborDepthMax];
};

}  // namespace

CborErrorKind cbor_read_head(Bytes bytes, std::size_t at, CborHead& head) {
    if (at >= bytes.size()) return CborErrorKind::truncated;
    const std::uint8_t* p = bytes.data() + at;
    const std::size_t left = bytes.size() - at;
    const unsigned initial = p[0];
    head = {.major = initial >> 5, .bytes = 1, .argument = initial & 31};
    if (head.argument == 31) {
        // On strings, arrays and maps it means indefinite length, in kSimple the break that ends one.
        const bool is_break_or_indefinite = head.major >= kBytes && head.major != kTag;
        return is_break_or_indefinite ? CborErrorKind::indefinite_length : CborErrorKind::reserved;
    }
    if (head.argument > 27) return CborErrorKind::reserved;
    if (head.argument >= 24) {
        const unsigned width = 1U << (head.argument - 24);
        if (left < 1 + width) return CborErrorKind::truncated;
        head.bytes = 1 + width;
        head.argument = 0;
        for (unsigned i = 1; i <= width; ++i) head.argument = head.argument << 8 | p[i];
        head.is_float = head.major == kSimple && width > 1;
        if (head.major == kSimple)
            return width == 1 && head.argument < 32 ? CborErrorKind::reserved : CborErrorKind::none;
        // Each longer form starts where the next shorter one ends.
        const std::uint64_t smallest = width == 1 ? 24 : std::uint64_t{1} << (4 * width);
        if (head.argument < smallest) return CborErrorKind::not_shortest;
    }
    // Of what has content, each item takes a byte at least: a count that the input cannot hold ends here, not in a
    // loop.
    const std::uint64_t rest = left - head.bytes;
    const bool counts_bytes = head.major >= kBytes && head.major <= kMap;
    if (counts_bytes && head.argument > (head.major == kMap ? rest / 2 : rest)) return CborErrorKind::truncated;
    return CborErrorKind::none;
}

Result<void, CborError> cbor_validate(Bytes bytes) {
    return Validator(bytes).run();
}

}  // namespace wasmbed::proto
