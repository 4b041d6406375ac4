// Memory for frames that are on their way, from the heap.
#pragma once

#include "core/proto/frame_memory.hpp"

namespace wasmbed::gateway {

/// Idle sessions hold none of it; how much a busy one may hold is limited by the frame limits of core/link.
class HeapFrameMemory final : public proto::FrameMemory {
  public:
    MutableBytes acquire(std::size_t bytes) override { return {new std::uint8_t[bytes], bytes}; }
    void release(MutableBytes memory) override { delete[] memory.data(); }
};

}  // namespace wasmbed::gateway
