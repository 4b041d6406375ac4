#include "core/link/stream_ring.hpp"

#include <algorithm>

#include "core/base/assert.hpp"
#include "core/base/endian.hpp"
#include "core/base/utf8.hpp"
#include "core/proto/framing.hpp"

namespace wasmbed::link {
namespace {

// wire.cddl: a Log's text has at most this many bytes.
#ifdef WASMBED_LINK_PSK  // 8 KB of RAM
constexpr std::size_t kLogTextBytesMax = 96;
#else
constexpr std::size_t kLogTextBytesMax = 512;
#endif

}  // namespace

bool StreamRing::log(Instant now, LogLevel level, std::string_view source, Bytes text) {
    char clean[kLogTextBytesMax];
    proto::Log record{.head = {}, .level = level, .source = source, .text = utf8_sanitize(text, clean)};
    return keep(now, record);
}

bool StreamRing::event(Instant now, proto::EventKind kind, std::string_view source, std::uint32_t index,
                       std::int64_t value, std::string_view text) {
    proto::Event record{.head = {}, .kind = kind, .source = source, .index = index, .value = value, .text = text};
    return keep(now, record);
}

void StreamRing::note_losses(Instant now) {
    if (lost_ == 0) return;
    proto::Dropped record{.head = {}, .count = lost_};
    if (append(now, record)) lost_ = 0;
}

// The place of a loss in the sequence is where its Dropped stands: nothing is kept behind a loss before that.
template <class M>
bool StreamRing::keep(Instant now, M& record) {
    note_losses(now);
    if (lost_ == 0 && append(now, record)) return true;
    ++lost_;
    ++lost_total_;
    return false;
}

template <class M>
bool StreamRing::append(Instant now, M& record) {
    record.head = {.boot_id = boot_id_, .seq = first_seq_ + records_, .uptime_ms = now.ms};
    const std::size_t limit = wrapped_ ? begin_ : memory_.size();
    auto frame = proto::encode_frame(memory_.subspan(end_, limit - end_), 0, record);
    if (!frame && !wrapped_) {
        frame = proto::encode_frame(memory_.first(begin_), 0, record);
        if (!frame) return false;
        wrap_ = end_;
        wrapped_ = true;
        if (next_ == end_) next_ = 0;
        end_ = 0;
    }
    if (!frame) return false;
    end_ += frame->size();
    ++records_;
    return true;
}

Bytes StreamRing::frame_at(std::size_t at) const {
    return Bytes(memory_).subspan(at, proto::kFramePrefixBytes + load_be32(&memory_[at]));
}

std::size_t StreamRing::after(std::size_t at) const {
    at += frame_at(at).size();
    return wrapped_ && at == wrap_ ? 0 : at;
}

Bytes StreamRing::next() const {
    return sent_ < records_ ? frame_at(next_) : Bytes{};
}

void StreamRing::advance() {
    WASMBED_ASSERT(sent_ < records_);
    next_ = after(next_);
    ++sent_;
    sent_seq_max_ = std::max(sent_seq_max_, first_seq_ + sent_ - 1);
}

void StreamRing::rewind() {
    next_ = begin_;
    sent_ = 0;
}

void StreamRing::forget_first() {
    const std::size_t following = after(begin_);
    if (following < begin_) wrapped_ = false;
    if (sent_ == 0) {
        next_ = following;
    } else {
        --sent_;
    }
    begin_ = following;
    ++first_seq_;
    --records_;
}

bool StreamRing::acknowledge(std::uint64_t seq) {
    if (seq > sent_seq_max_) return false;
    while (first_seq_ <= seq) forget_first();
    // An empty ring starts over: the longest run of free memory.
    if (records_ == 0) {
        begin_ = next_ = end_ = 0;
        wrapped_ = false;
    }
    return true;
}

}  // namespace wasmbed::link
