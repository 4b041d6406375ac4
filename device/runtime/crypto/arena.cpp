#include "device/runtime/crypto/arena.hpp"

#include <cstdint>
#include <cstring>

#include "core/base/assert.hpp"

namespace wasmbed::crypto {

void Arena::begin(std::span<std::byte> memory) {
    WASMBED_ASSERT(reinterpret_cast<std::uintptr_t>(memory.data()) % sizeof(Header) == 0);
    memory_ = memory.first(memory.size() / sizeof(Header) * sizeof(Header));
    if (!memory_.empty()) header(0) = memory_.size();
}

/// Of the block there; a header that was written over is noticed here.
std::size_t Arena::bytes(std::size_t at) const {
    const std::size_t bytes = header(at) & ~kTaken;
    WASMBED_ASSERT(bytes >= sizeof(Header) && bytes <= memory_.size() - at);
    return bytes;
}

void* Arena::take(std::size_t count, std::size_t size) {
    if (count == 0 || size == 0 || size > memory_.size() / count) return nullptr;
    const std::size_t words = (count * size + sizeof(Header) - 1) / sizeof(Header) + 1;
    const std::size_t wanted = words * sizeof(Header);
    for (std::size_t at = 0; at < memory_.size(); at += bytes(at)) {
        if ((header(at) & kTaken) != 0) continue;
        std::size_t free = bytes(at);
        while (at + free < memory_.size() && (header(at + free) & kTaken) == 0) free += bytes(at + free);
        header(at) = free;
        if (free < wanted) continue;
        if (free > wanted) header(at + wanted) = free - wanted;
        header(at) = wanted | kTaken;
        if (at + wanted > peak_) peak_ = at + wanted;
        return std::memset(memory_.data() + at + sizeof(Header), 0, wanted - sizeof(Header));
    }
    return nullptr;
}

void Arena::give_back(void* block) {
    if (block == nullptr) return;
    const std::size_t at = static_cast<std::size_t>(static_cast<std::byte*>(block) - memory_.data()) - sizeof(Header);
    WASMBED_ASSERT(at < memory_.size() && at % sizeof(Header) == 0);
    WASMBED_ASSERT(header(at) == (bytes(at) | kTaken));
    header(at) = bytes(at);
}

}  // namespace wasmbed::crypto
