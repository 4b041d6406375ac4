// Frames in a byte stream: a 4-byte big-endian length, then that many bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/bytes.hpp"
#include "core/proto/frame_memory.hpp"

namespace wasmbed::proto {

inline constexpr std::size_t kFramePrefixBytes = 4;
/// Largest frame of the protocol, bytes without the prefix.
inline constexpr std::size_t kFrameBytesMax = 65536;

/// Cuts a byte stream into frames. A frame that lies whole in what arrived is handed out where it lies; memory is
/// acquired only for a frame that is split, and only for as long.
class FrameParser {
  public:
    enum class Status : std::uint8_t {
        need_more,  ///< `input` is used up
        frame,      ///< `frame()` is one, until the next call
        too_large,  ///< the announced length is over the limit; the stream is lost
        empty,      ///< the announced length is 0; the stream is lost
        no_memory,  ///< FrameMemory had none; the stream is lost
    };

    FrameParser(FrameMemory& memory, std::size_t frame_bytes_max)
        : memory_(memory), frame_bytes_max_(frame_bytes_max) {}
    ~FrameParser() { reset(); }
    FrameParser(const FrameParser&) = delete;
    FrameParser& operator=(const FrameParser&) = delete;

    /// Consumes from the front of `input` up to the end of a frame. Call again until it says need_more.
    Status next(Bytes& input);
    Bytes frame() const { return frame_; }
    /// The length that was announced last, bytes: for messages about too_large.
    std::size_t announced_bytes() const { return announced_; }

    /// Applies from the next frame on.
    void set_limit(std::size_t frame_bytes_max) { frame_bytes_max_ = frame_bytes_max; }
    /// True between frames: the stream may end here.
    bool at_boundary() const { return prefix_size_ == 0; }
    /// Back to the start of a stream; gives memory back.
    void reset();

  private:
    FrameMemory& memory_;
    std::size_t frame_bytes_max_;
    std::size_t announced_ = 0;
    std::size_t filled_ = 0;
    MutableBytes buffer_;
    Bytes frame_;
    std::array<std::uint8_t, kFramePrefixBytes> prefix_{};
    std::uint8_t prefix_size_ = 0;
    bool handed_out_ = false;
};

}  // namespace wasmbed::proto
