// Mounting the log, and getting space back.
#include <algorithm>
#include <cstring>

#include "device/runtime/store/kv_store.hpp"

namespace wasmbed::store {
namespace {

#ifdef WASMBED_LINK_PSK  // 8 KB of RAM
constexpr std::uint32_t kCopyBytes = 128;
#else
constexpr std::uint32_t kCopyBytes = 512;
#endif
constexpr std::uint32_t kSegmentsMin = 4;

constexpr std::uint32_t round_up(std::uint32_t value, std::uint32_t unit) {
    return (value + unit - 1) / unit * unit;
}

}  // namespace

/// Segments as large as wanted, but at least four of them; a multiple of the erase block.
bool KvStore::choose_geometry() {
    const hal::StoreGeometry geometry = medium_.geometry();
    unit_ = geometry.program_unit;
    if (unit_ == 0 || unit_ > kProgramUnitMax || geometry.erase_block < unit_) return false;
    std::uint32_t wanted = std::max(kSegmentBytesWanted, geometry.size / kSegmentsMax);
    wanted = std::min(wanted, geometry.size / kSegmentsMin);
    segment_bytes_ = wanted / geometry.erase_block * geometry.erase_block;
    if (segment_bytes_ < 1024) return false;
    segment_count_ = std::min(geometry.size / segment_bytes_, kSegmentsMax);
    return true;
}

std::uint32_t KvStore::first_record_of(std::uint32_t segment) const {
    return start_of(segment) + round_up(SegmentHeader::kBytes, unit_) + round_up(sizeof kDiscardMark, unit_);
}

std::uint32_t KvStore::room() const {
    return start_of(current_) + segment_bytes_ - head_;
}

std::uint32_t KvStore::used_segments() const {
    return static_cast<std::uint32_t>(
        std::count_if(sequences_, sequences_ + segment_count_, [](std::uint32_t sequence) { return sequence != 0; }));
}

std::uint32_t KvStore::oldest_segment() const {
    std::uint32_t oldest = current_;
    for (std::uint32_t segment = 0; segment < segment_count_; ++segment) {
        if (sequences_[segment] != 0 && sequences_[segment] < sequences_[oldest]) oldest = segment;
    }
    return oldest;
}

Result<OpenReport, KvError> KvStore::open() {
    if (!choose_geometry()) return fail(KvError::Device);
    Result<OpenReport, KvError> report = replay();
    if (report && used_segments() == segment_count_) {
        // Garbage collection was cut short after it had begun its last segment. That one holds only copies so far: the
        // segment they come from is not marked, so it is whole.
        if (const Result<void, KvError> dropped = discard(current_); !dropped) return fail(dropped.error());
        report = replay();
    }
    if (report && report->formatted) {
        current_ = segment_count_ - 1;
        head_ = start_of(current_) + segment_bytes_;
        if (const Result<void, KvError> begun = begin_segment(); !begun) return fail(begun.error());
    }
    return report;
}

Result<void, KvError> KvStore::read_segment_headers() {
    for (std::uint32_t segment = 0; segment < segment_count_; ++segment) {
        std::uint8_t raw[SegmentHeader::kBytes];
        std::uint8_t mark[sizeof kDiscardMark];
        const std::uint32_t mark_at = start_of(segment) + round_up(SegmentHeader::kBytes, unit_);
        if (!medium_.read(start_of(segment), raw) || !medium_.read(mark_at, mark)) return fail(KvError::Device);
        const std::optional<SegmentHeader> header = decode_segment_header(raw);
        const bool used =
            header && header->segment_bytes == segment_bytes_ && std::memcmp(mark, kDiscardMark, sizeof mark) != 0;
        sequences_[segment] = used ? header->sequence : 0;
    }
    return {};
}

/// Reads all segments, oldest first.
Result<OpenReport, KvError> KvStore::replay() {
    OpenReport report{};
    for (Entry& entry : entries_) entry = {0, kNowhere, 0};
    stream_.active = false;
    sequence_ = 0;
    if (const Result<void, KvError> read = read_segment_headers(); !read) return fail(read.error());
    for (;;) {
        std::uint32_t following = segment_count_;
        for (std::uint32_t segment = 0; segment < segment_count_; ++segment) {
            if (sequences_[segment] <= sequence_) continue;
            if (following == segment_count_ || sequences_[segment] < sequences_[following]) following = segment;
        }
        if (following == segment_count_) break;
        sequence_ = sequences_[following];
        current_ = following;
        if (const Result<void, KvError> done = replay_segment(following, report); !done) return fail(done.error());
    }
    report.formatted = sequence_ == 0;
    report.keys = static_cast<std::uint32_t>(std::count_if(
        std::begin(entries_), std::end(entries_), [](const Entry& entry) { return entry.offset != kNowhere; }));
    return report;
}

/// Whether nothing follows the header and key that begin at `offset`.
bool KvStore::erased_behind(std::uint32_t offset, std::uint32_t end) const {
    std::uint8_t buffer[kCopyBytes];
    for (std::uint32_t at = offset + round_up(RecordHeader::kBytes + kKeyBytesMax, unit_); at < end; at += kCopyBytes) {
        const MutableBytes part{buffer, std::min(kCopyBytes, end - at)};
        if (!medium_.read(at, part)) return false;
        if (std::ranges::any_of(part, [](std::uint8_t byte) { return byte != hal::Store::kErased; })) return false;
    }
    return true;
}

/// Takes up the records of one segment in order and leaves head_ behind the last of them.
Result<void, KvError> KvStore::replay_segment(std::uint32_t segment, OpenReport& report) {
    const std::uint32_t end = start_of(segment) + segment_bytes_;
    head_ = first_record_of(segment);
    while (head_ < end) {
        std::uint8_t raw[RecordHeader::kBytes + kKeyBytesMax];
        const MutableBytes view{raw, std::min<std::size_t>(sizeof raw, end - head_)};
        if (!medium_.read(head_, view)) return fail(KvError::Device);
        const DecodedHeader decoded = decode_record_header(view, kKeyBytesMax);
        if (decoded.state == HeaderState::Erased) return {};
        const RecordLayout layout = layout_of(decoded.header, unit_);
        const bool fits = decoded.header.value_bytes < segment_bytes_ && layout.end <= end - head_;
        if (decoded.state != HeaderState::Valid && erased_behind(head_, end)) {
            // A power cut tore this header. Nothing follows it, and nothing ever will.
            ++report.torn;
            head_ = end;
            return {};
        }
        if (decoded.state == HeaderState::Unreadable || !fits) {
            ++report.damaged;
            head_ = end;
            return {};
        }
        if (decoded.state == HeaderState::Damaged) {
            ++report.damaged;
        } else if (const Result<void, KvError> done = replay_record(head_, decoded.header, report); !done) {
            return done;
        }
        head_ += layout.end;
    }
    return {};
}

Result<void, KvError> KvStore::replay_record(std::uint32_t offset, const RecordHeader& header, OpenReport& report) {
    std::uint8_t raw[Trailer::kBytes];
    if (!medium_.read(offset + layout_of(header, unit_).trailer, raw)) return fail(KvError::Device);
    if (!decode_trailer(raw)) {
        ++report.torn;
        return {};
    }
    char key[kKeyBytesMax];
    if (!key_at(offset, header, key)) return fail(KvError::Device);
    const std::string_view name{key, header.key_bytes};
    if (header.tombstone) return forget(name);
    const Result<Entry*, KvError> kept = remember(name, offset, layout_of(header, unit_).end);
    if (!kept && kept.error() != KvError::TooManyKeys) return fail(kept.error());
    if (!kept) ++report.damaged;  // no store writes that many: better one value less than none at all
    return {};
}

/// Erases the next free segment and makes it the one that is written.
Result<void, KvError> KvStore::begin_segment() {
    std::uint32_t next = current_;
    for (std::uint32_t step = 0; step < segment_count_; ++step) {
        next = (next + 1) % segment_count_;
        if (sequences_[next] == 0) break;
    }
    if (sequences_[next] != 0) return fail(KvError::Full);
    if (!medium_.erase(start_of(next), segment_bytes_)) return fail(KvError::Device);

    std::uint8_t raw[std::max<std::size_t>(kProgramUnitMax, SegmentHeader::kBytes)];
    std::memset(raw, hal::Store::kErased, sizeof raw);
    encode(SegmentHeader{sequence_ + 1, segment_bytes_},
           std::span<std::uint8_t, SegmentHeader::kBytes>{raw, SegmentHeader::kBytes});
    if (!medium_.program(start_of(next), {raw, round_up(SegmentHeader::kBytes, unit_)})) return fail(KvError::Device);
    sequences_[next] = ++sequence_;
    current_ = next;
    head_ = first_record_of(next);
    return {};
}

std::uint32_t KvStore::live_bytes() const {
    std::uint32_t bytes = 0;
    for (const Entry& entry : entries_) bytes += entry.offset == kNowhere ? 0 : entry.bytes;
    return bytes;
}

/// One segment always stays free, so that garbage collection has somewhere to move records to.
Result<void, KvError> KvStore::make_room(std::uint32_t record_bytes, std::uint32_t live_bytes_max) {
    if (live_bytes() + record_bytes > live_bytes_max) return fail(KvError::Full);
    if (record_bytes <= room()) return {};
    if (used_segments() + 1 < segment_count_) return begin_segment();
    for (std::uint32_t round = 0; round < segment_count_; ++round) {
        if (const Result<void, KvError> collected = collect(oldest_segment()); !collected) return collected;
        if (record_bytes <= room()) return {};
        if (used_segments() + 1 < segment_count_) return begin_segment();
    }
    return fail(KvError::Full);
}

/// Moves what is alive out of the oldest segment and gives it free. Its tombstones need not be kept: nothing older is
/// left.
Result<void, KvError> KvStore::collect(std::uint32_t segment) {
    if (segment == current_) {
        if (const Result<void, KvError> begun = begin_segment(); !begun) return begun;
    }
    for (Entry& entry : entries_) {
        if (entry.offset == kNowhere || entry.offset / segment_bytes_ != segment) continue;
        // The old value of the key being streamed in would then lie behind the new one, and be what the next boot
        // finds.
        if (stream_.active && entry.key_hash == stream_.key_hash) abort();
        if (const Result<void, KvError> moved = move_record(entry); !moved) return moved;
    }
    if (stream_.active && stream_.offset / segment_bytes_ == segment) abort();
    return discard(segment);
}

/// Gives a segment free. The mark holds from now on; the rest is erased when the segment is used again.
Result<void, KvError> KvStore::discard(std::uint32_t segment) {
    const std::uint32_t mark_at = start_of(segment) + round_up(SegmentHeader::kBytes, unit_);
    const Result<void, KvError> marked = put_value(mark_at, kDiscardMark);
    if (!marked && !medium_.erase(start_of(segment), medium_.geometry().erase_block)) return fail(KvError::Device);
    sequences_[segment] = 0;
    return {};
}

/// Copies a record as it is, its trailer last; a value that does not match its checksum stays recognisable as such.
Result<void, KvError> KvStore::move_record(Entry& entry) {
    const Result<RecordHeader, KvError> header = header_at(entry.offset);
    if (!header && header.error() == KvError::Device) return fail(KvError::Device);
    if (!header) {
        entry.offset = kNowhere;  // went bad since it was mounted: it cannot be kept
        return {};
    }
    const std::uint32_t bytes = layout_of(*header, unit_).end;
    // As in put_header, a unit that only looks erased costs the rest of its segment.
    for (int attempt = 0; attempt < 2; ++attempt) {
        if (bytes > room()) {
            if (const Result<void, KvError> begun = begin_segment(); !begun) return begun;
        }
        const std::uint32_t target = head_;
        head_ += bytes;
        const Result<void, hal::StoreError> copied = copy_record(entry.offset, target, bytes);
        if (copied) {
            entry.offset = target;
            return {};
        }
        head_ = start_of(current_) + segment_bytes_;
        if (copied.error() != hal::StoreError::NotErased) break;
    }
    return fail(KvError::Device);
}

Result<void, hal::StoreError> KvStore::copy_record(std::uint32_t from, std::uint32_t to, std::uint32_t bytes) {
    std::uint8_t buffer[kCopyBytes];
    static_assert(kCopyBytes % kProgramUnitMax == 0);
    for (std::uint32_t at = 0; at < bytes; at += kCopyBytes) {
        const MutableBytes part{buffer, std::min(kCopyBytes, bytes - at)};
        if (const Result<void, hal::StoreError> read = medium_.read(from + at, part); !read) return read;
        if (const Result<void, hal::StoreError> done = medium_.program(to + at, part); !done) return done;
    }
    return {};
}

}  // namespace wasmbed::store
