// The samples of the last six hours in a file, so that charts go on over a restart of `web`.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.hpp"
#include "host/store/sqlite.hpp"

namespace wasmbed::web {

/// Tracks of slots: what was known of each key in a span of time. One file, SQLite. It survives a crash at any moment;
/// a power cut may cost the last samples. Not larger than what its users put into kSlots of each track. Blocks on disk,
/// for a page or two a write.
class HistoryFile {
  public:
    using Slot = std::int64_t;
    enum class Track { metrics, usage };  ///< the numbers are in the file

    /// Opens or makes the file. One that is damaged, or of another version, is moved to PATH.damaged: figures are not
    /// worth a dashboard that does not start. The error says what is wrong with the place.
    static Result<HistoryFile, std::string> open(const std::string& path);

    /// Eight bytes of each key, as the track's user packs them.
    using Samples = std::vector<std::pair<std::string, std::uint64_t>>;

    /// Makes `samples` all that is known of the slot, and forgets slots that are `slots_max` older.
    Result<void, std::string> write(Track track, Slot slot, Slot slots_max, const Samples& samples);

    using History = std::map<std::string, std::vector<std::pair<Slot, std::uint64_t>>>;

    /// What is kept of slots from `first` to `last`, by key and in order of time. Later slots, of a clock that was
    /// ahead, are deleted.
    Result<History, std::string> load(Track track, Slot first, Slot last);

  private:
    explicit HistoryFile(store::Database db) : db_(std::move(db)) {}
    store::StoreResult<void> prepare();
    store::StoreResult<void> read_keys();
    store::StoreResult<std::uint32_t> number_of(Track track, const std::string& key, Slot slot);
    store::StoreResult<void> write_in_transaction(Track track, Slot slot, Slot slots_max, const Samples& samples);
    store::StoreResult<void> forget(Track track, Slot before);
    store::StoreResult<History> read(Track track, Slot first, Slot last);

    struct Key {
        std::uint32_t number = 0;
        Slot last = 0;  ///< when it was written, or the file read
    };
    store::Database db_;
    std::map<std::pair<Track, std::string>, Key> keys_;
};

}  // namespace wasmbed::web
