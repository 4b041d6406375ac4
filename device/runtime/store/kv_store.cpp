#include "device/runtime/store/kv_store.hpp"

#include <algorithm>
#include <cstring>

#include "core/base/crc32.hpp"

namespace wasmbed::store {
namespace {

#ifdef WASMBED_LINK_PSK  // 8 KB of RAM
constexpr std::size_t kCopyBytes = 64;
#else
constexpr std::size_t kCopyBytes = 256;
#endif

KvError from(hal::StoreError) {
    return KvError::Device;
}

}  // namespace

const char* text_of(KvError error) {
    switch (error) {
        case KvError::NotFound:
            return "no such key";
        case KvError::Corrupt:
            return "checksum does not match";
        case KvError::Full:
            return "store is full";
        case KvError::TooLarge:
            return "value is too large";
        case KvError::TooManyKeys:
            return "too many keys";
        case KvError::BadKey:
            return "key is empty or too long";
        case KvError::Busy:
            return "another value is being written";
        case KvError::BadWrite:
            return "wrong number of bytes written";
        case KvError::Device:
            return "storage device failed";
    }
    return "unknown error";
}

std::uint32_t KvStore::value_bytes_max() const {
    const RecordLayout overhead = layout_of({kKeyBytesMax, false, 0}, unit_);
    return segment_bytes_ - (first_record_of(0) - start_of(0)) - overhead.end - unit_;
}

std::uint32_t KvStore::capacity_bytes() const {
    return (segment_count_ - 2) * segment_bytes_;
}

Result<void, KvError> KvStore::check_key(std::string_view key) const {
    if (key.empty() || key.size() > kKeyBytesMax) return fail(KvError::BadKey);
    return {};
}

Result<RecordHeader, KvError> KvStore::header_at(std::uint32_t offset) const {
    std::uint8_t raw[RecordHeader::kBytes + kKeyBytesMax];
    const std::uint32_t in_segment = segment_bytes_ - offset % segment_bytes_;
    const MutableBytes view{raw, std::min<std::size_t>(sizeof raw, in_segment)};
    if (!medium_.read(offset, view)) return fail(KvError::Device);
    const DecodedHeader decoded = decode_record_header(view, kKeyBytesMax);
    if (decoded.state != HeaderState::Valid) return fail(KvError::Corrupt);
    return decoded.header;
}

bool KvStore::key_at(std::uint32_t offset, const RecordHeader& header, std::span<char, kKeyBytesMax> out) const {
    const MutableBytes view{reinterpret_cast<std::uint8_t*>(out.data()), header.key_bytes};
    return medium_.read(offset + RecordHeader::kBytes, view).has_value();
}

Result<KvStore::Entry*, KvError> KvStore::find(std::string_view key) {
    const std::uint32_t hash = crc32(bytes_of(key));
    for (Entry& entry : entries_) {
        if (entry.offset == kNowhere || entry.key_hash != hash) continue;
        const Result<RecordHeader, KvError> header = header_at(entry.offset);
        if (!header && header.error() == KvError::Device) return fail(KvError::Device);
        if (!header || header->key_bytes != key.size()) continue;
        char stored[kKeyBytesMax];
        if (!key_at(entry.offset, *header, stored)) return fail(KvError::Device);
        if (std::memcmp(stored, key.data(), key.size()) == 0) return &entry;
    }
    return nullptr;
}

Result<const KvStore::Entry*, KvError> KvStore::find(std::string_view key) const {
    const Result<Entry*, KvError> found = const_cast<KvStore*>(this)->find(key);
    if (!found) return fail(found.error());
    if (*found == nullptr) return fail(KvError::NotFound);
    return *found;
}

Result<KvStore::Entry*, KvError> KvStore::remember(std::string_view key, std::uint32_t offset, std::uint32_t bytes) {
    const Result<Entry*, KvError> known = find(key);
    if (!known) return known;
    Entry* entry = *known;
    if (entry == nullptr) {
        const auto unused = std::ranges::find(entries_, kNowhere, &Entry::offset);
        if (unused == std::end(entries_)) return fail(KvError::TooManyKeys);
        entry = unused;
    }
    *entry = {crc32(bytes_of(key)), offset, bytes};
    return entry;
}

Result<void, KvError> KvStore::forget(std::string_view key) {
    const Result<Entry*, KvError> entry = find(key);
    if (!entry) return fail(entry.error());
    if (*entry != nullptr) (*entry)->offset = kNowhere;
    return {};
}

std::size_t KvStore::unused_entries() const {
    return static_cast<std::size_t>(std::count_if(std::begin(entries_), std::end(entries_),
                                                  [](const Entry& entry) { return entry.offset == kNowhere; }));
}

bool KvStore::next(std::size_t& cursor, std::string_view prefix, std::span<char, kKeyBytesMax> key,
                   std::size_t& key_bytes) const {
    for (; cursor < kKeysMax; ++cursor) {
        const Entry& entry = entries_[cursor];
        if (entry.offset == kNowhere) continue;
        const Result<RecordHeader, KvError> header = header_at(entry.offset);
        if (!header || !key_at(entry.offset, *header, key)) continue;
        if (std::string_view{key.data(), header->key_bytes}.starts_with(prefix)) {
            key_bytes = header->key_bytes;
            ++cursor;
            return true;
        }
    }
    return false;
}

Result<std::uint32_t, KvError> KvStore::size_of(std::string_view key) const {
    const Result<const Entry*, KvError> found = find(key);
    if (!found) return fail(found.error());
    const Entry* entry = *found;
    const Result<RecordHeader, KvError> header = header_at(entry->offset);
    if (!header) return fail(header.error());
    return header->value_bytes;
}

Result<KvStore::Place, KvError> KvStore::place_of(std::string_view key) const {
    const Result<const Entry*, KvError> found = find(key);
    if (!found) return fail(found.error());
    const Result<RecordHeader, KvError> header = header_at((*found)->offset);
    if (!header) return fail(header.error());
    return Place{(*found)->offset + layout_of(*header, unit_).value, header->value_bytes};
}

Result<std::uint32_t, KvError> KvStore::get(std::string_view key, MutableBytes out) const {
    const Result<const Entry*, KvError> found = find(key);
    if (!found) return fail(found.error());
    const Entry* entry = *found;
    const Result<RecordHeader, KvError> header = header_at(entry->offset);
    if (!header) return fail(header.error());
    const RecordLayout layout = layout_of(*header, unit_);

    const std::uint32_t direct = static_cast<std::uint32_t>(std::min<std::size_t>(out.size(), header->value_bytes));
    if (!medium_.read(entry->offset + layout.value, out.first(direct))) return fail(KvError::Device);
    std::uint32_t crc = crc32(out.first(direct));
    std::uint8_t rest[kCopyBytes];
    for (std::uint32_t at = direct; at < header->value_bytes;) {
        const std::uint32_t count = std::min<std::uint32_t>(kCopyBytes, header->value_bytes - at);
        if (!medium_.read(entry->offset + layout.value + at, {rest, count})) return fail(KvError::Device);
        crc = crc32({rest, count}, crc);
        at += count;
    }
    std::uint8_t raw[Trailer::kBytes];
    if (!medium_.read(entry->offset + layout.trailer, raw)) return fail(KvError::Device);
    const std::optional<Trailer> trailer = decode_trailer(raw);
    if (!trailer || trailer->value_crc != crc) return fail(KvError::Corrupt);
    return header->value_bytes;
}

Result<std::uint32_t, KvError> KvStore::put_header(const RecordHeader& header, std::string_view key) {
    const RecordLayout layout = layout_of(header, unit_);
    if (layout.end > segment_bytes_ - (first_record_of(0) - start_of(0))) return fail(KvError::TooLarge);
    std::uint8_t raw[RecordHeader::kBytes + kKeyBytesMax + kProgramUnitMax];
    std::memset(raw, hal::Store::kErased, sizeof raw);
    encode(header, bytes_of(key), std::span<std::uint8_t, RecordHeader::kBytes>{raw, RecordHeader::kBytes});
    std::memcpy(raw + RecordHeader::kBytes, key.data(), key.size());

    // A unit that a cut left half written can look erased; then this segment is over and the next one is tried.
    for (int attempt = 0; attempt < 2; ++attempt) {
        // Removing a key must stay possible when the store is full: a tombstone may use half of the segment kept in
        // reserve.
        const std::uint32_t live_bytes_max = capacity_bytes() + (header.tombstone ? segment_bytes_ / 2 : 0);
        if (const Result<void, KvError> made = make_room(layout.end, live_bytes_max); !made) return fail(made.error());
        const std::uint32_t offset = head_;
        const Result<void, hal::StoreError> programmed = medium_.program(offset, {raw, layout.value});
        if (programmed) {
            head_ = offset + layout.end;
            return offset;
        }
        head_ = start_of(current_) + segment_bytes_;
        if (programmed.error() != hal::StoreError::NotErased) return fail(from(programmed.error()));
    }
    return fail(KvError::Device);
}

Result<void, KvError> KvStore::put_value(std::uint32_t offset, Bytes value) {
    const std::size_t whole = value.size() / unit_ * unit_;
    if (whole > 0 && !medium_.program(offset, value.first(whole))) return fail(KvError::Device);
    if (whole == value.size()) return {};
    std::uint8_t last[kProgramUnitMax];
    std::memset(last, hal::Store::kErased, sizeof last);
    std::memcpy(last, value.data() + whole, value.size() - whole);
    if (!medium_.program(offset + static_cast<std::uint32_t>(whole), {last, unit_})) return fail(KvError::Device);
    return {};
}

Result<void, KvError> KvStore::put_trailer(std::uint32_t offset, std::uint32_t value_crc) {
    std::uint8_t raw[Trailer::kBytes];
    encode(Trailer{value_crc}, raw);
    return put_value(offset, raw);
}

Result<void, KvError> KvStore::write(std::string_view key, Bytes value, bool tombstone) {
    if (stream_.active && stream_.key_hash == crc32(bytes_of(key))) return fail(KvError::Busy);
    const RecordHeader header{static_cast<std::uint16_t>(key.size()), tombstone,
                              static_cast<std::uint32_t>(value.size())};
    const RecordLayout layout = layout_of(header, unit_);
    const Result<std::uint32_t, KvError> offset = put_header(header, key);
    if (!offset) return fail(offset.error());
    if (const Result<void, KvError> done = put_value(*offset + layout.value, value); !done) return done;
    if (const Result<void, KvError> done = put_trailer(*offset + layout.trailer, crc32(value)); !done) return done;
    if (tombstone) return forget(key);
    // Never too many keys: the caller made sure of an entry before anything was written.
    const Result<Entry*, KvError> kept = remember(key, *offset, layout.end);
    if (!kept) return fail(kept.error());
    return {};
}

Result<void, KvError> KvStore::set(std::string_view key, Bytes value) {
    if (const Result<void, KvError> checked = check_key(key); !checked) return checked;
    if (value.size() > value_bytes_max()) return fail(KvError::TooLarge);
    const std::size_t reserved = stream_.active && stream_.new_key ? 1 : 0;
    const Result<Entry*, KvError> known = find(key);
    if (!known) return fail(known.error());
    if (*known == nullptr && unused_entries() <= reserved) return fail(KvError::TooManyKeys);
    return write(key, value, false);
}

Result<void, KvError> KvStore::remove(std::string_view key) {
    if (const Result<void, KvError> checked = check_key(key); !checked) return checked;
    const Result<Entry*, KvError> known = find(key);
    if (!known) return fail(known.error());
    if (*known == nullptr) return {};
    return write(key, {}, true);
}

}  // namespace wasmbed::store
