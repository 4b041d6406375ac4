// How records and segments of the key-value store look in the medium. All integers are little-endian.
//
//   segment  SegmentHeader, padding, kDiscardMark or erased, padding, records until the first erased header or the end
//   of the segment record   RecordHeader, key, padding, value, padding, Trailer, padding   (paddings up to the program
//   unit, 0xFF)
//
// Writing the trailer commits a record: without a valid one the record is as if it had never been written.
#pragma once

#include <optional>

#include "core/base/bytes.hpp"

namespace wasmbed::store {

/// Program units up to this size are supported.
#ifdef WASMBED_LINK_PSK  // 8 KB of RAM
inline constexpr std::uint32_t kProgramUnitMax = 16;
#else
inline constexpr std::uint32_t kProgramUnitMax = 64;
#endif

struct SegmentHeader {
    static constexpr std::size_t kBytes = 16;
    std::uint32_t sequence;       ///< Rises with every segment that is begun; the order in which records are read.
    std::uint32_t segment_bytes;  ///< So that a store of another geometry is not misread.
};
void encode(const SegmentHeader& header, std::span<std::uint8_t, SegmentHeader::kBytes> out);
std::optional<SegmentHeader> decode_segment_header(std::span<const std::uint8_t, SegmentHeader::kBytes> in);

/// Written behind the header of a segment before it is erased: an erase that was cut short can leave any content, a
/// whole header included.
inline constexpr std::uint8_t kDiscardMark[4] = {'W', 'B', 'X', 'X'};

struct RecordHeader {
    static constexpr std::size_t kBytes = 24;
    std::uint16_t key_bytes;
    bool tombstone;  ///< Removes the key.
    std::uint32_t value_bytes;
};
void encode(const RecordHeader& header, Bytes key, std::span<std::uint8_t, RecordHeader::kBytes> out);

enum class HeaderState : std::uint8_t {
    Valid,
    Erased,      ///< Nothing was written here: the end of the segment's records.
    Damaged,     ///< The record is lost, but its length is known: the next one can be found.
    Unreadable,  ///< Not even the length is known.
};
struct DecodedHeader {
    HeaderState state;
    RecordHeader header;
};
/// `in` starts at the header and reaches over the key as far as the segment goes, up to kBytes + `key_bytes_max` bytes.
/// Lengths are stored twice, so that one damaged byte in them can be repaired.
DecodedHeader decode_record_header(Bytes in, std::size_t key_bytes_max);

struct Trailer {
    static constexpr std::size_t kBytes = 8;
    std::uint32_t value_crc;
};
void encode(const Trailer& trailer, std::span<std::uint8_t, Trailer::kBytes> out);
std::optional<Trailer> decode_trailer(std::span<const std::uint8_t, Trailer::kBytes> in);

/// Offsets of a record's parts from its start, for a program unit.
struct RecordLayout {
    std::uint32_t value;
    std::uint32_t trailer;
    std::uint32_t end;
};
constexpr RecordLayout layout_of(const RecordHeader& header, std::uint32_t unit) {
    const auto up = [unit](std::uint32_t bytes) { return (bytes + unit - 1) / unit * unit; };
    const std::uint32_t value = up(RecordHeader::kBytes + header.key_bytes);
    const std::uint32_t trailer = value + up(header.value_bytes);
    return {value, trailer, trailer + up(Trailer::kBytes)};
}

}  // namespace wasmbed::store
