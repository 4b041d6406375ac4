#include "core/link/outbox.hpp"

#include <algorithm>

#include "core/proto/framing.hpp"

namespace wasmbed::link {

Outbox::Push Outbox::push(proto::MessageId id, proto::MessageType type, const proto::Shape& shape,
                          const void* message) {
    // Most frames fit what is left, so they are measured only when they did not.
    const MutableBytes left = buffer_.subspan(end_);
    auto frame = proto::detail::encode_frame(left, id, type, shape, message);
    std::size_t bytes = frame ? frame->size() : frame.error().offset;
    if (!frame && frame.error().kind != proto::CborErrorKind::no_room) return Push::never;
    if (bytes - proto::kFramePrefixBytes > frame_bytes_max_) return Push::never;
    if (!frame) {
        const MutableBytes room = reserve(bytes);
        if (room.empty()) return empty() ? Push::never : Push::later;
        frame = proto::detail::encode_frame(room, id, type, shape, message);
    }
    commit(frame->size());
    return Push::done;
}

MutableBytes Outbox::reserve(std::size_t bytes) {
    if (buffer_.size() - end_ >= bytes && !buffer_.empty()) return buffer_.subspan(end_, bytes);
    if (!empty()) return {};
    clear();
    buffer_ = memory_.acquire(std::max(bytes, memory_bytes_));
    return buffer_.empty() ? MutableBytes{} : buffer_.first(bytes);
}

void Outbox::consumed(std::size_t bytes) {
    begin_ += std::min(bytes, end_ - begin_);
    if (empty()) clear();
}

void Outbox::clear() {
    if (!buffer_.empty()) memory_.release(buffer_);
    buffer_ = {};
    begin_ = end_ = 0;
}

}  // namespace wasmbed::link
