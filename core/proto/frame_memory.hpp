// Memory for frames, borrowed: fixed on a device, from the heap and only while needed in a gateway.
#pragma once

#include <cstddef>

#include "core/base/bytes.hpp"

namespace wasmbed::proto {

class FrameMemory {
  public:
    virtual ~FrameMemory() = default;
    /// At least `bytes` bytes, or empty when there is none.
    virtual MutableBytes acquire(std::size_t bytes) = 0;
    /// Gives back what `acquire` returned.
    virtual void release(MutableBytes memory) = 0;
};

/// One caller's buffer, lent to one borrower at a time.
class FixedFrameMemory final : public FrameMemory {
  public:
    explicit FixedFrameMemory(MutableBytes memory) : memory_(memory) {}
    MutableBytes acquire(std::size_t bytes) override {
        if (lent_ || bytes > memory_.size()) return {};
        lent_ = true;
        return memory_;
    }
    void release(MutableBytes) override { lent_ = false; }

  private:
    MutableBytes memory_;
    bool lent_ = false;
};

}  // namespace wasmbed::proto
