#include "core/proto/framing.hpp"

#include <algorithm>

#include "core/base/endian.hpp"

namespace wasmbed::proto {

void FrameParser::reset() {
    if (!buffer_.empty()) memory_.release(buffer_);
    buffer_ = {};
    frame_ = {};
    filled_ = 0;
    prefix_size_ = 0;
    handed_out_ = false;
}

FrameParser::Status FrameParser::next(Bytes& input) {
    if (handed_out_) reset();

    while (prefix_size_ < kFramePrefixBytes) {
        if (input.empty()) return Status::need_more;
        prefix_[prefix_size_++] = input.front();
        input = input.subspan(1);
        if (prefix_size_ < kFramePrefixBytes) continue;
        announced_ = load_be32(prefix_.data());
        if (announced_ == 0) return Status::empty;
        if (announced_ > frame_bytes_max_) return Status::too_large;
    }

    if (filled_ == 0 && input.size() >= announced_) {
        frame_ = input.first(announced_);
        input = input.subspan(announced_);
        handed_out_ = true;
        return Status::frame;
    }
    if (input.empty()) return Status::need_more;

    if (buffer_.empty()) buffer_ = memory_.acquire(announced_);
    if (buffer_.empty()) return Status::no_memory;
    const Bytes part = input.first(std::min(input.size(), announced_ - filled_));
    std::ranges::copy(part, buffer_.begin() + static_cast<std::ptrdiff_t>(filled_));
    filled_ += part.size();
    input = input.subspan(part.size());
    if (filled_ < announced_) return Status::need_more;
    frame_ = Bytes(buffer_).first(announced_);
    handed_out_ = true;
    return Status::frame;
}

}  // namespace wasmbed::proto
