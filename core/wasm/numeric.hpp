// Numeric semantics (WebAssembly 2.0, section 4.3) where C++ differs or leaves them open.
#pragma once

#include <cstdint>
#include <cstring>
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

inline constexpr u32 kSign32 = u32{1} << 31;
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

/// fmin of section 4.3.3 on the bits of two f64 or f32: NaN if either is NaN, and -0 below +0.
u64 float_min(u64 x, u64 y);
u32 float_min(u32 x, u32 y);
/// fmax likewise.
inline u64 float_max(u64 x, u64 y) {
    return float_min(x ^ kSign64, y ^ kSign64) ^ kSign64;
}
inline u32 float_max(u32 x, u32 y) {
    return float_min(x ^ kSign32, y ^ kSign32) ^ kSign32;
}

enum class Rounding : u8 { kUp, kDown, kZero, kEven };

/// fceil, ffloor, ftrunc, fnearest on the bits of an f32 or f64; a NaN is made quiet.
u32 round_float(u32 raw, Rounding mode);
u64 round_float(u64 raw, Rounding mode);

/// Correctly rounded square root on the bits of an f32 or f64.
u32 sqrt_bits(u32 raw);
u64 sqrt_bits(u64 raw);

/// Float to integer, sections 4.3.3 (trunc, trunc_sat). The integer's width and signedness:
enum class Integer : u8 { kU32 = 0, kS32 = 1, kU64 = 2, kS64 = 3 };
struct Truncated {
    enum class Fit : u8 { kFits, kNan, kOutside };
    /// The integer, extended to 64 bits; the nearest one there is if it does not fit, 0 for a NaN.
    u64 value;
    Fit fit;
};
/// `raw` are the bits of an f64; promoting an f32 first is exact.
Truncated truncate(u64 raw, Integer to);

}  // namespace wasmbed::wasm
