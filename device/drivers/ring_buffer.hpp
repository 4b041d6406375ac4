// A byte queue between one producer and one consumer, of which one may be an interrupt handler.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wasmbed::drivers {

/// Holds up to `kCapacity` bytes, a power of two. `push` from one side only, `pop` from the other only.
template <std::size_t kCapacity>
class RingBuffer {
    static_assert((kCapacity & (kCapacity - 1)) == 0, "the capacity is a power of two");

  public:
    [[nodiscard]] std::size_t size() const { return head_ - tail_; }
    [[nodiscard]] std::size_t room() const { return kCapacity - size(); }
    [[nodiscard]] bool empty() const { return head_ == tail_; }
    /// False, and nothing changes, when it is full.
    bool push(std::uint8_t byte) {
        if (room() == 0) return false;
        bytes_[head_ % kCapacity] = byte;
        head_ = head_ + 1;
        return true;
    }
    /// Not to be called when empty.
    std::uint8_t pop() {
        const std::uint8_t byte = bytes_[tail_ % kCapacity];
        tail_ = tail_ + 1;
        return byte;
    }

  private:
    volatile std::uint8_t bytes_[kCapacity] = {};
    volatile std::size_t head_ = 0;  // bytes ever pushed, wraps
    volatile std::size_t tail_ = 0;  // bytes ever popped, wraps
};

}  // namespace wasmbed::drivers
