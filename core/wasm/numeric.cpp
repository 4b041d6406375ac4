#include "core/wasm/numeric.hpp"

namespace wasmbed::wasm {

namespace {

/// The fields of an IEEE 754 binary format with raw type U.
template <class U>
struct Format {
    static constexpr unsigned kBits = sizeof(U) * 8;
    static constexpr unsigned kFraction = sizeof(U) == 4 ? 23 : 52;
    static constexpr U kSign = U{1} << (kBits - 1);
    static constexpr U kFractionMask = (U{1} << kFraction) - 1;
    static constexpr int kBias = sizeof(U) == 4 ? 127 : 1023;
    static constexpr int kMaxExponent = 2 * kBias + 1;
    static constexpr U kInfinity = static_cast<U>(kMaxExponent) << kFraction;
    static constexpr U kQuiet = U{1} << (kFraction - 1);

    static int exponent(U raw) { return static_cast<int>(raw >> kFraction & static_cast<U>(kMaxExponent)); }
};

template <class U>
U round_to_integral(U raw, Rounding mode) {
    using F = Format<U>;
    const U magnitude = raw & ~F::kSign;
    if (magnitude > F::kInfinity) return raw | F::kQuiet;
    const int exponent = F::exponent(raw) - F::kBias;
    if (exponent >= static_cast<int>(F::kFraction)) return raw;  // already integral, or infinite
    const bool negative = raw & F::kSign;
    U unit;              // what the next number away from zero has more: the weight of the lowest integral bit
    U fraction;          // what is cut off
    U half;              // of the unit
    if (exponent < 0) {  // |x| < 1: the result is 0 or 1 in magnitude, the sign stays
        unit = static_cast<U>(F::kBias) << F::kFraction;
        fraction = magnitude;
        half = static_cast<U>(F::kBias - 1) << F::kFraction;
    } else {
        unit = U{1} << (F::kFraction - static_cast<unsigned>(exponent));
        fraction = raw & (unit - 1);
        half = unit / 2;
    }
    if (fraction == 0) return raw;
    // With exponent 0 the lowest integral bit is the implicit one, which is odd; its place holds the exponent's lowest
    // bit, and the bias is odd in both formats, so the same test serves. Zero, below 1, is even.
    const bool odd = exponent >= 0 && (raw & unit) != 0;
    bool away = false;
    if (mode == Rounding::kUp) away = !negative;
    if (mode == Rounding::kDown) away = negative;
    if (mode == Rounding::kEven) away = fraction > half || (fraction == half && odd);
    return raw - fraction + (away ? unit : 0);  // a carry runs into the exponent, as it must
}

}  // namespace

u64 float_min(u64 x, u64 y) {
    using F = Format<u64>;
    if ((x & ~F::kSign) > F::kInfinity) return x | F::kQuiet;
    if ((y & ~F::kSign) > F::kInfinity) return y | F::kQuiet;
    // As integers, negative numbers are in the opposite order.
    const auto rank = [](u64 raw) { return static_cast<s64>(raw & F::kSign ? raw ^ ~F::kSign : raw); };
    return rank(x) < rank(y) ? x : y;
}

// Through f64, which is exact both ways.
u32 float_min(u32 x, u32 y) {
    const auto wide = [](u32 raw) { return bits(static_cast<double>(f32(raw))); };
    return bits(static_cast<float>(f64(float_min(wide(x), wide(y)))));
}

Truncated truncate(u64 raw, Integer to) {
    using F = Format<u64>;
    const bool is_signed = static_cast<unsigned>(to) & 1;
    const unsigned bits = static_cast<unsigned>(to) & 2 ? 64 : 32;
    if ((raw & ~F::kSign) > F::kInfinity) return {0, Truncated::Fit::kNan};
    const int exponent = F::exponent(raw) - F::kBias;
    if (exponent < 0) return {0, Truncated::Fit::kFits};
    const bool negative = raw & F::kSign;
    const u64 top = u64{1} << (bits - 1);
    const u64 most = negative ? (is_signed ? top : 0) : is_signed ? top - 1 : top | (top - 1);
    u64 magnitude = ~u64{0};
    bool fits = exponent < 64;
    if (fits) {
        const u64 mantissa = (raw & F::kFractionMask) | u64{1} << F::kFraction;
        const int shift = exponent - static_cast<int>(F::kFraction);
        magnitude = shift < 0 ? mantissa >> -shift : mantissa << shift;
        fits = magnitude <= most;
    }
    if (!fits) magnitude = most;
    return {negative ? 0 - magnitude : magnitude, fits ? Truncated::Fit::kFits : Truncated::Fit::kOutside};
}

u64 round_float(u64 raw, Rounding mode) {
    return round_to_integral(raw, mode);
}

// Through f64, which is exact both ways: an f32's integral neighbours are f32 values.
u32 round_float(u32 raw, Rounding mode) {
    return bits(static_cast<float>(f64(round_float(bits(static_cast<double>(f32(raw))), mode))));
}

#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(__OPTIMIZE_SIZE__)

u32 sqrt_bits(u32 raw) {
    return bits(__builtin_sqrtf(f32(raw)));
}
u64 sqrt_bits(u64 raw) {
    return bits(__builtin_sqrt(f64(raw)));
}

#else

namespace {

// Digit by digit, two fraction bits of the operand for each bit of the root; one more bit and the remainder decide
// rounding.
template <class U>
U square_root(U raw) {
    using F = Format<U>;
    const U magnitude = raw & ~F::kSign;
    if (magnitude > F::kInfinity) return raw | F::kQuiet;
    if (magnitude == 0) return raw;
    if (raw & F::kSign) return F::kInfinity | F::kQuiet;
    if (magnitude == F::kInfinity) return raw;
    int exponent = F::exponent(raw) - F::kBias;
    U mantissa = raw & F::kFractionMask;
    if (F::exponent(raw) == 0) {
        exponent = 1 - F::kBias;
        while (!(mantissa >> F::kFraction)) {
            mantissa <<= 1;
            --exponent;
        }
    } else {
        mantissa |= U{1} << F::kFraction;
    }
    if (exponent & 1) {
        mantissa <<= 1;
        --exponent;
    }
    // mantissa in [1, 4) with kFraction fraction bits; root in [1, 2) with kFraction + 1 of them.
    U root = 0;
    U remainder = 0;
    mantissa <<= F::kBits - (F::kFraction + 2);  // bit pairs come from the top
    for (unsigned i = 0; i < F::kFraction + 2; ++i) {
        remainder = remainder << 2 | mantissa >> (F::kBits - 2);
        mantissa <<= 2;
        const U trial = root << 2 | 1;
        root <<= 1;
        if (remainder >= trial) {
            remainder -= trial;
            root |= 1;
        }
    }
    const U rounded = (root >> 1) + ((root & 1) && (remainder != 0 || (root & 2)) ? 1 : 0);
    return (static_cast<U>(exponent / 2 + F::kBias) << F::kFraction) + (rounded - (U{1} << F::kFraction));
}

}  // namespace

u64 sqrt_bits(u64 raw) {
    return square_root(raw);
}

#if defined(__ARM_FP) && (__ARM_FP & 4)
u32 sqrt_bits(u32 raw) {
    float root = f32(raw);
    asm("vsqrt.f32 %0, %0" : "+t"(root));
    return bits(root);
}
#else
// Rounding the f64 root again is right: 53 bits are more than twice 24 plus one (Figueroa, "When is double rounding
// innocuous?").
u32 sqrt_bits(u32 raw) {
    return bits(static_cast<float>(f64(sqrt_bits(bits(static_cast<double>(f32(raw)))))));
}
#endif

#endif

}  // namespace wasmbed::wasm
