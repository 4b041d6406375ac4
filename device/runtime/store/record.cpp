#include "device/runtime/store/record.hpp"

#include <algorithm>

#include "core/base/crc32.hpp"
#include "core/base/endian.hpp"

namespace wasmbed::store {
namespace {

constexpr std::uint32_t kSegmentMagic = 0x53424257;  // "WBBS"
constexpr std::uint32_t kRecordMagic = 0x52424257;   // "WBBR"
constexpr std::uint32_t kCommitMark = 0x4B4F4257;    // "WBOK"
constexpr std::uint32_t kTombstoneBit = 1u << 16;

std::uint32_t record_crc(std::uint32_t meta, std::uint32_t length, Bytes key) {
    std::uint8_t fields[8];
    store_le32(fields, meta);
    store_le32(fields + 4, length);
    return crc32(key, crc32(fields));
}

RecordHeader header_from(std::uint32_t meta, std::uint32_t length) {
    return {static_cast<std::uint16_t>(meta), (meta & kTombstoneBit) != 0, length};
}

}  // namespace

void encode(const SegmentHeader& header, std::span<std::uint8_t, SegmentHeader::kBytes> out) {
    store_le32(&out[0], kSegmentMagic);
    store_le32(&out[4], header.sequence);
    store_le32(&out[8], header.segment_bytes);
    store_le32(&out[12], crc32(out.first<12>()));
}

std::optional<SegmentHeader> decode_segment_header(std::span<const std::uint8_t, SegmentHeader::kBytes> in) {
    if (load_le32(&in[0]) != kSegmentMagic || load_le32(&in[12]) != crc32(in.first<12>())) return std::nullopt;
    return SegmentHeader{load_le32(&in[4]), load_le32(&in[8])};
}

void encode(const RecordHeader& header, Bytes key, std::span<std::uint8_t, RecordHeader::kBytes> out) {
    const std::uint32_t meta = header.key_bytes | (header.tombstone ? kTombstoneBit : 0);
    store_le32(&out[0], kRecordMagic);
    store_le32(&out[4], meta);
    store_le32(&out[8], ~meta);
    store_le32(&out[12], header.value_bytes);
    store_le32(&out[16], ~header.value_bytes);
    store_le32(&out[20], record_crc(meta, header.value_bytes, key));
}

DecodedHeader decode_record_header(Bytes in, std::size_t key_bytes_max) {
    if (in.size() < RecordHeader::kBytes) return {HeaderState::Erased, {}};
    if (std::ranges::all_of(in.first(RecordHeader::kBytes), [](std::uint8_t byte) { return byte == 0xFF; })) {
        return {HeaderState::Erased, {}};
    }
    const std::uint32_t metas[2] = {load_le32(&in[4]), ~load_le32(&in[8])};
    const std::uint32_t lengths[2] = {load_le32(&in[12]), ~load_le32(&in[16])};
    const std::uint32_t crc = load_le32(&in[20]);
    for (const std::uint32_t meta : metas) {
        for (const std::uint32_t length : lengths) {
            const std::size_t key_bytes = meta & 0xFFFF;
            if (key_bytes > key_bytes_max || key_bytes > in.size() - RecordHeader::kBytes) continue;
            if (record_crc(meta, length, in.subspan(RecordHeader::kBytes, key_bytes)) == crc) {
                return {HeaderState::Valid, header_from(meta, length)};
            }
        }
    }
    const bool lengths_agree = metas[0] == metas[1] && lengths[0] == lengths[1];
    return {lengths_agree ? HeaderState::Damaged : HeaderState::Unreadable, header_from(metas[0], lengths[0])};
}

void encode(const Trailer& trailer, std::span<std::uint8_t, Trailer::kBytes> out) {
    store_le32(&out[0], trailer.value_crc);
    store_le32(&out[4], trailer.value_crc ^ kCommitMark);
}

std::optional<Trailer> decode_trailer(std::span<const std::uint8_t, Trailer::kBytes> in) {
    const std::uint32_t crc = load_le32(&in[0]);
    if ((load_le32(&in[4]) ^ kCommitMark) != crc) return std::nullopt;
    return Trailer{crc};
}

}  // namespace wasmbed::store
