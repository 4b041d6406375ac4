// 64-bit division, in 0.2 KB of code; libgcc's takes 0.7 KB. Small divisors, those of the clocks, take four divisions
// of the hardware, others a step for each bit of the quotient (some 10 cycles, at most 640).
#include <cstdint>

namespace {

int leading_zeros(std::uint64_t x) {
    const auto high = static_cast<std::uint32_t>(x >> 32);
    return high != 0 ? __builtin_clz(high) : 32 + __builtin_clz(static_cast<std::uint32_t>(x));
}

/// In digits of 16 bits: remainder and digit make 32 bits.
std::uint64_t divide_by_small(std::uint64_t dividend, std::uint32_t divisor, std::uint64_t& remainder) {
    std::uint64_t quotient = 0;
    std::uint32_t rest = 0;
    for (int i = 0; i < 4; ++i) {
        const std::uint32_t digits = rest << 16 | static_cast<std::uint32_t>(dividend >> 48);
        dividend <<= 16;
        quotient = quotient << 16 | digits / divisor;
        rest = digits % divisor;
    }
    remainder = rest;
    return quotient;
}

}  // namespace

/// What libgcc's functions for signed and unsigned 64-bit quotients and remainders call. The divisor is not 0: they,
/// and the WebAssembly engine before them, look at that.
extern "C" [[gnu::used]] std::uint64_t __udivmoddi4(std::uint64_t dividend, std::uint64_t divisor,
                                                    std::uint64_t* remainder) {
    if (divisor >> 16 == 0) return divide_by_small(dividend, static_cast<std::uint32_t>(divisor), *remainder);
    std::uint64_t quotient = 0;
    if (dividend >= divisor) {
        int shift = leading_zeros(divisor) - leading_zeros(dividend);
        divisor <<= shift;
        for (; shift >= 0; --shift) {
            quotient <<= 1;
            if (dividend >= divisor) {
                dividend -= divisor;
                quotient |= 1;
            }
            divisor >>= 1;
        }
    }
    *remainder = dividend;
    return quotient;
}
