// The device's backlog of stream records: kept, encoded, until the gateway has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"
#include "core/proto/codec.hpp"

namespace wasmbed::link {

/// Log, Event and Dropped frames in a ring over the caller's memory, numbered in one sequence per boot. When it is full
/// the newest record is lost and counted; a Dropped takes its place in the sequence as soon as there is room again.
class StreamRing {
  public:
    StreamRing(MutableBytes memory, const proto::BootId& boot_id) : memory_(memory), boot_id_(boot_id) {}

    /// The head is filled in here. False when the record was lost. `text` may be any bytes: what is not UTF-8 becomes
    /// '?'.
    bool log(Instant now, LogLevel level, std::string_view source, Bytes text);
    bool event(Instant now, proto::EventKind kind, std::string_view source, std::uint32_t index, std::int64_t value,
               std::string_view text);

    /// Appends a Dropped if records were lost and there is room.
    void note_losses(Instant now);

    /// Size of the next frame to send; 0: none.
    std::size_t next_bytes() const;
    /// Copies the next frame (prefix included) into `out`, which has next_bytes() bytes, and steps on.
    void take_next(MutableBytes out);
    /// Sends again from the first record that is not acknowledged.
    void rewind();
    /// Forgets records up to `seq`. False when `seq` was not sent yet; then nothing changed.
    bool acknowledge(std::uint64_t seq);

    std::uint64_t last_seq() const { return first_seq_ + records_ - 1; }
    std::size_t unacknowledged() const { return records_; }
    /// Records lost in this boot.
    std::uint64_t lost_total() const { return lost_total_; }

  private:
    template <class M>
    bool append(Instant now, M& record);
    void put(Bytes frame);
    void copy_out(std::size_t at, MutableBytes out) const;
    std::size_t frame_bytes_at(std::size_t at) const;

    MutableBytes memory_;
    proto::BootId boot_id_;
    std::size_t begin_ = 0;  // offset of the first record
    std::size_t used_ = 0;   // bytes from there
    std::size_t sent_ = 0;   // of these, bytes sent on this connection
    std::size_t records_ = 0;
    std::size_t sent_records_ = 0;
    std::uint64_t first_seq_ = 1;
    std::uint64_t lost_ = 0;  // since the last Dropped
    std::uint64_t lost_total_ = 0;
};

}  // namespace wasmbed::link
