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
/// Each frame lies in one piece: one that does not fit before the end of the memory goes to its start.
class StreamRing {
  public:
    StreamRing(MutableBytes memory, const proto::BootId& boot_id) : memory_(memory), boot_id_(boot_id) {}

    /// False when the record was lost. `text` may be any bytes: what is not UTF-8 becomes '?', what is too long is cut.
    bool log(Instant now, LogLevel level, std::string_view source, Bytes text);
    /// False when the record was lost. `source` and `text` must be UTF-8.
    bool event(Instant now, proto::EventKind kind, std::string_view source, std::uint32_t index, std::int64_t value,
               std::string_view text);

    /// Appends a Dropped if records were lost and there is room.
    void note_losses(Instant now);

    /// The next frame to send, prefix included; empty: none. Stays in place until it is acknowledged.
    Bytes next() const;
    /// next() was sent.
    void advance();
    /// Sends again from the first record that is not acknowledged.
    void rewind();
    /// Forgets records up to `seq`. False when `seq` was never sent, on any connection; then nothing changed.
    bool acknowledge(std::uint64_t seq);

    std::size_t unacknowledged() const { return records_; }
    /// Records lost in this boot.
    std::uint64_t lost_total() const { return lost_total_; }

  private:
    template <class M>
    bool keep(Instant now, M& record);
    template <class M>
    bool append(Instant now, M& record);
    void forget_first();
    std::size_t after(std::size_t at) const;
    Bytes frame_at(std::size_t at) const;

    MutableBytes memory_;
    proto::BootId boot_id_;
    std::size_t begin_ = 0;  // first record
    std::size_t next_ = 0;   // next to send
    std::size_t end_ = 0;    // behind the last record
    std::size_t wrap_ = 0;   // behind the last record before the memory's end, when end_ has gone round
    bool wrapped_ = false;
    std::size_t records_ = 0;
    std::size_t sent_ = 0;  // of records_, those before next_
    std::uint64_t first_seq_ = 1;
    std::uint64_t sent_seq_max_ = 0;  // on any connection
    std::uint64_t lost_ = 0;          // since the last Dropped
    std::uint64_t lost_total_ = 0;
};

}  // namespace wasmbed::link
