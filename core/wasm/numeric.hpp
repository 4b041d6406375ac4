// Numeric semantics (WebAssembly 2.0, section 4.3) where C++ differs or leaves them open.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

namespace wasmbed::wasm {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using s8 = std::int8_t;
using s16 = std::int16_t;
using s32 = std::int32_t;
using s64 = std::int64_t;

inline constexpr u64 kSign64 = u64{1} << 63;

inline float f32(u32 raw) {
    return __builtin_bit_cast(float, raw);
}
inline double f64(u64 raw) {
    return __builtin_bit_cast(double, raw);
}
inline u32 bits(float value) {
    return __builtin_bit_cast(u32, value);
}
inline u64 bits(double value) {
    return __builtin_bit_cast(u64, value);
}

inline u32 rotl32(u32 x, u32 n) {
    return x << (n & 31) | x >> (-n & 31);
}
inline u64 rotl64(u64 x, u64 n) {
    return x << (n & 63) | x >> (-n & 63);
}
inline u32 clz32(u32 x) {
    return x == 0 ? 32 : static_cast<u32>(__builtin_clz(x));
}
inline u32 ctz32(u32 x) {
    return x == 0 ? 32 : static_cast<u32>(__builtin_ctz(x));
}
inline u32 clz64(u64 x) {
    return x >> 32 ? clz32(static_cast<u32>(x >> 32)) : 32 + clz32(static_cast<u32>(x));
}
inline u32 ctz64(u64 x) {
    return static_cast<u32>(x) ? ctz32(static_cast<u32>(x)) : 32 + ctz32(static_cast<u32>(x >> 32));
}
inline u32 popcount32(u32 x) {
    x -= x >> 1 & 0x55555555;
    x = (x & 0x33333333) + (x >> 2 & 0x33333333);
    return ((x + (x >> 4)) & 0x0f0f0f0f) * 0x01010101 >> 24;
}
inline u32 popcount64(u64 x) {
    return popcount32(static_cast<u32>(x)) + popcount32(static_cast<u32>(x >> 32));
}

/// fmin and fmax of section 4.3.3: NaN if either is NaN, and -0 below +0.
template <class T>
T float_min(T x, T y) {
    if (x != x || y != y) return x + y;
    if (x == y) return __builtin_signbit(x) ? x : y;
    return x < y ? x : y;
}
template <class T>
T float_max(T x, T y) {
    if (x != x || y != y) return x + y;
    if (x == y) return __builtin_signbit(x) ? y : x;
    return x < y ? y : x;
}

enum class Rounding : u8 { kUp, kDown, kZero, kEven };

/// fceil, ffloor, ftrunc, fnearest on the bits of an f32 or f64; a NaN is made quiet.
u32 round_float(u32 raw, Rounding mode);
u64 round_float(u64 raw, Rounding mode);

/// Correctly rounded square root on the bits of an f32 or f64.
u32 sqrt_bits(u32 raw);
u64 sqrt_bits(u64 raw);

enum class Truncation : u8 { kFits, kNan, kBelow, kAbove };

/// Float to integer, section 4.3.3 (trunc): `result` is set only with kFits.
template <class T, class F>
Truncation truncate(F value, T& result) {
    if (value != value) return Truncation::kNan;
    // Both bounds are powers of two (or zero), hence exact: fits iff below < trunc(value) < above, with -2^(n-1)
    // allowed.
    const F above = static_cast<F>(u64{1} << (sizeof(T) * 8 - 1)) * (std::is_signed_v<T> ? F{1} : F{2});
    if (!(value < above)) return Truncation::kAbove;
    if constexpr (!std::is_signed_v<T>) {
        if (!(value > F{-1})) return Truncation::kBelow;
    } else if constexpr (std::numeric_limits<F>::digits > 8 * sizeof(T)) {
        if (!(value > -above - F{1})) return Truncation::kBelow;
    } else {
        if (!(value >= -above)) return Truncation::kBelow;
    }
    result = static_cast<T>(value);
    return Truncation::kFits;
}

template <class T, class F>
T saturate(F value) {
    T result = 0;
    switch (truncate<T>(value, result)) {
        case Truncation::kBelow:
            return std::numeric_limits<T>::min();
        case Truncation::kAbove:
            return std::numeric_limits<T>::max();
        default:
            return result;
    }
}

}  // namespace wasmbed::wasm
