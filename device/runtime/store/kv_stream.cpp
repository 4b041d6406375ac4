// Streaming one large value into the store.
#include <algorithm>
#include <cstring>

#include "core/base/crc32.hpp"
#include "device/runtime/store/kv_store.hpp"

namespace wasmbed::store {

Result<void, KvError> KvStore::begin(std::string_view key, std::uint32_t value_bytes) {
    if (const Result<void, KvError> checked = check_key(key); !checked) return checked;
    if (stream_.active) return fail(KvError::Busy);
    if (value_bytes > value_bytes_max()) return fail(KvError::TooLarge);
    // At the next boot this record counts from its place in the log on, before anything that is removed meanwhile. So
    // its entry must be there now, and stay unused until `commit`.
    const Result<Entry*, KvError> known = find(key);
    if (!known) return fail(known.error());
    const bool new_key = *known == nullptr;
    if (new_key && unused_entries() == 0) return fail(KvError::TooManyKeys);
    const RecordHeader header{static_cast<std::uint16_t>(key.size()), false, value_bytes};
    const Result<std::uint32_t, KvError> offset = put_header(header, key);
    if (!offset) return fail(offset.error());
    stream_ = {};
    stream_.active = true;
    stream_.new_key = new_key;
    stream_.key_hash = crc32(bytes_of(key));
    stream_.offset = *offset;
    stream_.header = header;
    return {};
}

Result<void, KvError> KvStore::append(Bytes data) {
    if (!stream_.active || data.size() > stream_.header.value_bytes - stream_.programmed - stream_.pending_bytes) {
        return fail(KvError::BadWrite);
    }
    stream_.crc = crc32(data, stream_.crc);
    const std::uint32_t base = stream_.offset + layout_of(stream_.header, unit_).value;
    while (!data.empty()) {
        if (stream_.pending_bytes == 0 && data.size() >= unit_) {
            const std::size_t whole = data.size() / unit_ * unit_;
            if (!medium_.program(base + stream_.programmed, data.first(whole))) return abort(), fail(KvError::Device);
            stream_.programmed += static_cast<std::uint32_t>(whole);
            data = data.subspan(whole);
            continue;
        }
        const std::size_t count = std::min<std::size_t>(data.size(), unit_ - stream_.pending_bytes);
        std::memcpy(stream_.pending + stream_.pending_bytes, data.data(), count);
        stream_.pending_bytes += static_cast<std::uint32_t>(count);
        data = data.subspan(count);
        if (stream_.pending_bytes == unit_) {
            if (!medium_.program(base + stream_.programmed, {stream_.pending, unit_}))
                return abort(), fail(KvError::Device);
            stream_.programmed += unit_;
            stream_.pending_bytes = 0;
        }
    }
    return {};
}

Result<void, KvError> KvStore::commit() {
    if (!stream_.active || stream_.programmed + stream_.pending_bytes != stream_.header.value_bytes) {
        abort();
        return fail(KvError::BadWrite);
    }
    stream_.active = false;
    const RecordLayout layout = layout_of(stream_.header, unit_);
    char key[kKeyBytesMax];
    if (!key_at(stream_.offset, stream_.header, key)) return fail(KvError::Device);
    const std::string_view name{key, stream_.header.key_bytes};
    const Bytes last{stream_.pending, stream_.pending_bytes};
    const std::uint32_t offset = stream_.offset;
    if (const Result<void, KvError> done = put_value(offset + layout.value + stream_.programmed, last); !done)
        return done;
    // An entry first: a committed record that this boot does not know would come back at the next one.
    const Result<Entry*, KvError> known = find(name);
    if (!known) return fail(known.error());
    const Entry before = *known != nullptr ? **known : Entry{0, kNowhere, 0};
    const Result<Entry*, KvError> entry = remember(name, offset, layout.end);
    if (!entry) return fail(entry.error());
    const Result<void, KvError> done = put_trailer(offset + layout.trailer, stream_.crc);
    if (!done) **entry = before;
    return done;
}

}  // namespace wasmbed::store
