// Memory as an embedder gives it to the engine, for tests.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/bytes.hpp"

namespace wasmbed::wasm::test {

/// At least so many bytes, 8-aligned.
class Room {
  public:
    explicit Room(std::size_t bytes) : words_((bytes + 7) / 8) {}
    MutableBytes span() { return {reinterpret_cast<std::uint8_t*>(words_.data()), 8 * words_.size()}; }

  private:
    std::vector<std::uint64_t> words_;
};

}  // namespace wasmbed::wasm::test
