// The device's memory without power: a log-structured key-value store over a hal::Store.
#pragma once

#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "device/hal/store.hpp"
#include "device/runtime/store/record.hpp"

namespace wasmbed::store {

enum class KvError : std::uint8_t {
    NotFound,     ///< no such key
    Corrupt,      ///< the value's checksum does not match; nothing of it may be used
    Full,         ///< no room, even after collecting garbage
    TooLarge,     ///< the value can never fit: see value_bytes_max
    TooManyKeys,  ///< kKeysMax keys exist, the new one being streamed in included
    BadKey,       ///< key of 0 or more than kKeyBytesMax bytes
    Busy,         ///< another value is being streamed in, or this very key is
    BadWrite,     ///< more or fewer bytes streamed than announced, or the stream was dropped by garbage collection
    Device,       ///< the medium failed, or its geometry is unusable
};
[[nodiscard]] const char* text_of(KvError error);

/// What `open` found. Counts of things that a power cut alone cannot explain are damage; torn records are not.
struct OpenReport {
    bool formatted;  ///< there was no segment of this store: it was new, or is lost
    std::uint32_t keys;
    std::uint32_t torn;     ///< records whose writing was cut short; the older value of their key stands
    std::uint32_t damaged;  ///< records, or rests of segments, that are lost
};

/// Every change of a key is atomic: after a power cut at any point the old or the new value is there, and other keys
/// are untouched. Values are checked against their checksum whenever they are read. Space of old values comes back by
/// garbage collection inside `set` and `begin`, which may then move up to a segment (bounded). The medium is worn
/// evenly: segments are used in turn.
class KvStore {
  public:
#ifdef WASMBED_LINK_PSK  // 8 KB of RAM; keys and units lie on the stack
    static constexpr std::size_t kKeyBytesMax = 16;
    static constexpr std::size_t kKeysMax = 8;
    static constexpr std::uint32_t kSegmentsMax = 4;
#else
    static constexpr std::size_t kKeyBytesMax = 112;
    static constexpr std::size_t kKeysMax = 128;
    static constexpr std::uint32_t kSegmentsMax = 64;
#endif
    /// What one segment holds at least if the medium allows: the largest module and its record.
    static constexpr std::uint32_t kSegmentBytesWanted = 256 * 1024;

    explicit KvStore(hal::Store& medium) : medium_(medium) {}
    KvStore(const KvStore&) = delete;
    KvStore& operator=(const KvStore&) = delete;

    /// Reads the log; formats the medium when nothing of it can be read. Must succeed before anything else.
    [[nodiscard]] Result<OpenReport, KvError> open();

    /// Largest value, bytes. Bytes of all values together are a little less than two segments below the medium's size.
    [[nodiscard]] std::uint32_t value_bytes_max() const;
    [[nodiscard]] std::uint32_t capacity_bytes() const;

    /// Size of the value, without checking it.
    [[nodiscard]] Result<std::uint32_t, KvError> size_of(std::string_view key) const;
    /// Where in the medium the value lies, without checking it; true until the store is changed next. For values that
    /// are read in parts.
    struct Place {
        std::uint32_t offset;
        std::uint32_t bytes;
    };
    [[nodiscard]] Result<Place, KvError> place_of(std::string_view key) const;
    /// Copies the first `out.size()` bytes of the value and returns its whole size. The whole value is checked; on
    /// Corrupt `out` holds rubbish.
    [[nodiscard]] Result<std::uint32_t, KvError> get(std::string_view key, MutableBytes out) const;
    [[nodiscard]] Result<void, KvError> set(std::string_view key, Bytes value);
    /// No error when there is no such key.
    [[nodiscard]] Result<void, KvError> remove(std::string_view key);

    /// Finds the keys that begin with `prefix`: start with cursor 0; false at the end. Keys that cannot be read are
    /// passed over: that one is not found does not prove that it is not there. Changing the store in between may repeat
    /// or skip keys (removing the key just found, and starting again at 0, is fine).
    [[nodiscard]] bool next(std::size_t& cursor, std::string_view prefix, std::span<char, kKeyBytesMax> key,
                            std::size_t& key_bytes) const;

    /// Streams one large value in: `begin`, `append` until all announced bytes are there, `commit`. Until then the old
    /// value stands. Other keys can be changed in between. One stream at a time.
    [[nodiscard]] Result<void, KvError> begin(std::string_view key, std::uint32_t value_bytes);
    [[nodiscard]] Result<void, KvError> append(Bytes data);
    [[nodiscard]] Result<void, KvError> commit();
    void abort() { stream_.active = false; }

  private:
    struct Entry {
        std::uint32_t key_hash;
        std::uint32_t offset;  ///< of the record header; kNowhere: unused entry
        std::uint32_t bytes;   ///< of the whole record
    };
    struct Stream {
        bool active = false;
        bool new_key = false;  ///< `commit` will need an unused entry
        std::uint32_t key_hash = 0;
        std::uint32_t offset = 0;  ///< of the record header
        RecordHeader header{};
        std::uint32_t programmed = 0;  ///< value bytes in the medium
        std::uint32_t pending_bytes = 0;
        std::uint32_t crc = 0;
        std::uint8_t pending[kProgramUnitMax];  ///< the last, incomplete program unit
    };
    static constexpr std::uint32_t kNowhere = UINT32_MAX;

    // kv_store.cpp
    Result<void, KvError> check_key(std::string_view key) const;
    /// Null: there is no such key. Fails with Device when that could not be read.
    Result<Entry*, KvError> find(std::string_view key);
    /// Fails with NotFound instead of null.
    Result<const Entry*, KvError> find(std::string_view key) const;
    bool key_at(std::uint32_t offset, const RecordHeader& header, std::span<char, kKeyBytesMax> out) const;
    Result<Entry*, KvError> remember(std::string_view key, std::uint32_t offset, std::uint32_t bytes);
    Result<void, KvError> forget(std::string_view key);
    std::size_t unused_entries() const;
    Result<RecordHeader, KvError> header_at(std::uint32_t offset) const;
    Result<std::uint32_t, KvError> put_header(const RecordHeader& header, std::string_view key);
    Result<void, KvError> put_value(std::uint32_t offset, Bytes value);
    Result<void, KvError> put_trailer(std::uint32_t offset, std::uint32_t value_crc);
    Result<void, KvError> write(std::string_view key, Bytes value, bool tombstone);

    // kv_segments.cpp
    bool choose_geometry();
    Result<void, KvError> read_segment_headers();
    Result<OpenReport, KvError> replay();
    Result<void, KvError> replay_segment(std::uint32_t segment, OpenReport& report);
    Result<void, KvError> replay_record(std::uint32_t offset, const RecordHeader& header, OpenReport& report);
    std::uint32_t oldest_segment() const;
    std::uint32_t used_segments() const;
    std::uint32_t live_bytes() const;
    Result<void, KvError> begin_segment();
    Result<void, KvError> make_room(std::uint32_t record_bytes, std::uint32_t live_bytes_max);
    bool erased_behind(std::uint32_t offset, std::uint32_t end) const;
    Result<void, KvError> collect(std::uint32_t segment);
    Result<void, KvError> discard(std::uint32_t segment);
    Result<void, KvError> move_record(Entry& entry);
    Result<void, hal::StoreError> copy_record(std::uint32_t from, std::uint32_t to, std::uint32_t bytes);
    std::uint32_t room() const;
    std::uint32_t start_of(std::uint32_t segment) const { return segment * segment_bytes_; }
    std::uint32_t first_record_of(std::uint32_t segment) const;

    hal::Store& medium_;
    std::uint32_t unit_ = 0;
    std::uint32_t segment_bytes_ = 0;
    std::uint32_t segment_count_ = 0;
    std::uint32_t current_ = 0;  ///< segment being written
    std::uint32_t head_ = 0;     ///< where the next record goes; the end of `current_` when that is full or sealed
    std::uint32_t sequence_ = 0;
    std::uint32_t sequences_[kSegmentsMax] = {};  ///< 0: free
    Entry entries_[kKeysMax];
    Stream stream_;
};

}  // namespace wasmbed::store
