// Random numbers that are the same on every machine for a seed.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wasmbed::wasm::test {

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        return z ^ z >> 31;
    }
    /// 0 to bound - 1; bound > 0.
    std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(next() % bound); }
    bool one_in(std::uint32_t n) { return below(n) == 0; }
    template <class T, std::size_t kCount>
    T pick(const T (&from)[kCount]) {
        return from[below(kCount)];
    }

  private:
    std::uint64_t state_;
};

}  // namespace wasmbed::wasm::test
