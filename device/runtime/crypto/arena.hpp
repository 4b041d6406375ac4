// The memory of the cryptography library, which knows nothing but calloc and free: first fit in one piece of memory.
#pragma once

#include <cstddef>
#include <span>

namespace wasmbed::crypto {

/// Blocks lie one behind the other, each behind a header of one word; free neighbours are joined when memory is looked
/// for. The library holds about ten blocks, so a list is all the order there is. Not for interrupt handlers.
class Arena {
  public:
    /// Gives it its memory, aligned to a word; once, before everything else.
    void begin(std::span<std::byte> memory);
    /// Zeroed, aligned to a word; null when there is no room, or nothing is asked for.
    void* take(std::size_t count, std::size_t size);
    /// What `take` gave, or null. Anything else is a bug of the caller's and ends the program.
    void give_back(void* block);

    /// Bytes of the memory up to the end of the last block, at most, ever: what the memory's size has to be.
    std::size_t peak() const { return peak_; }
    std::size_t size() const { return memory_.size(); }

  private:
    using Header = std::size_t;  ///< bytes of the block with its header; the lowest bit: it is taken
    static constexpr Header kTaken = 1;

    Header& header(std::size_t at) const { return *reinterpret_cast<Header*>(memory_.data() + at); }
    std::size_t bytes(std::size_t at) const;

    std::span<std::byte> memory_;
    std::size_t peak_ = 0;
};

}  // namespace wasmbed::crypto
