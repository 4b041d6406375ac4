// Frames on their way out.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/bytes.hpp"
#include "core/proto/codec.hpp"
#include "core/proto/frame_memory.hpp"

namespace wasmbed::link {

/// Encoded frames that the transport has not taken yet, in one piece of borrowed memory that is given back when all is
/// taken. Coalesces: frames pushed before the transport asks leave in one write.
class Outbox {
  public:
    enum class Push : std::uint8_t {
        done,
        later,  ///< no room before the transport takes what is there
        never,  ///< larger than the limit or the memory, or outside wire.cddl
    };

    /// `memory_bytes`: what to acquire unless a frame needs more. `frame_bytes_max`: the peer's limit, without prefix.
    Outbox(proto::FrameMemory& memory, std::size_t memory_bytes, std::size_t frame_bytes_max)
        : memory_(memory), memory_bytes_(memory_bytes), frame_bytes_max_(frame_bytes_max) {}
    ~Outbox() { clear(); }
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;

    template <class M>
    Push push(proto::MessageId id, const M& message) {
        return push(id, proto::Wire<M>::kType, proto::Wire<M>::kShape, &message);
    }
    Push push(proto::MessageId id, proto::MessageType type, const proto::Shape& shape, const void* message);

    /// Room for `bytes` bytes that the caller fills with whole frames and then commits; empty: as Push::later.
    MutableBytes reserve(std::size_t bytes);
    void commit(std::size_t bytes) { end_ += bytes; }

    /// What to send next; may be less than all.
    Bytes pending() const { return Bytes(buffer_).subspan(begin_, end_ - begin_); }
    bool empty() const { return begin_ == end_; }
    void consumed(std::size_t bytes);
    void clear();

    void set_frame_limit(std::size_t frame_bytes_max) { frame_bytes_max_ = frame_bytes_max; }
    std::size_t frame_limit() const { return frame_bytes_max_; }

  private:
    proto::FrameMemory& memory_;
    std::size_t memory_bytes_;
    std::size_t frame_bytes_max_;
    MutableBytes buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace wasmbed::link
