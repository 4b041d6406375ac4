// Records as they are kept: what one device said in one turn, encoded once and turned into JSON only when it is read.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/proto/messages.hpp"
#include "host/base/time.hpp"

namespace wasmbed::gateway {

/// Numbers are kept on the disk: a kind never gets another one.
enum class RecordKind : std::uint8_t {
    log = 0,
    event = 1,
    dropped = 2,
    session = 3,
    report = 4,
    fetch = 5,
    heartbeat = 6,  ///< live only, never stored
};

std::string_view record_kind_name(RecordKind kind);
std::optional<RecordKind> record_kind_of(std::string_view name);

/// Whose records. One object for each session, shared by its batches.
struct RecordSource {
    RecordSource(std::string device_ns, std::string device_name, std::string uid)
        : ns(std::move(device_ns)), device(std::move(device_name)), device_uid(std::move(uid)) {}

    const std::string ns, device, device_uid;

  private:
    friend class RecordDatabase;
    // The store's thread alone uses these: what it has looked up already.
    std::int64_t number_ = 0;  ///< of the device in the database; 0: not known
    proto::BootId boot_{};
    std::optional<std::uint64_t> head_;  ///< last stored sequence number of `boot_`
};
using RecordSourcePtr = std::shared_ptr<RecordSource>;

/// Which records a reader wants; empty members mean "any".
struct RecordFilter {
    std::string ns;
    std::string device;
    std::string app;
    std::uint32_t kinds = 0;  ///< a bit for each RecordKind wanted; 0: any
    /// When the gateway took it, both ends included.
    WallClock::time_point from = WallClock::time_point::min();
    WallClock::time_point to = WallClock::time_point::max();

    static constexpr std::uint32_t bit(RecordKind kind) { return 1U << unsigned(kind); }

    bool matches(const RecordSource& source) const {
        return (ns.empty() || ns == source.ns) && (device.empty() || device == source.device);
    }
    bool matches(WallClock::time_point time) const { return from <= time && time <= to; }
    bool matches(RecordKind kind, std::string_view of_app) const {
        return (kinds == 0 || (kinds & bit(kind)) != 0) && (app.empty() || app == of_app);
    }
};

/// One entry of a batch, as views into it.
struct RecordEntry {
    RecordKind kind{};
    bool is_json = false;  ///< `content` is a JSON object's members; else the body of a stream message (wire.cddl)
    std::string_view app;  ///< name of the Application, or empty
    std::string_view content;
};

/// Records of one device that came together, in their order. Of the stream records of a device a batch holds one
/// boot's, in one unbroken sequence.
class RecordBatch {
  public:
    RecordBatch() = default;
    RecordBatch(RecordSourcePtr source, WallClock::time_point time);

    /// A record of the gateway's own making: `members` is a JSON object without time, device and kind.
    void add_json(RecordKind kind, std::string_view app, std::string_view members);
    /// A record as the device sent it; `body` is the message's map.
    void add_message(RecordKind kind, std::string_view app, const proto::StreamHead& head, Bytes body);

    bool empty() const { return count_ == 0; }
    std::size_t count() const { return count_; }
    std::size_t bytes() const { return entries_.size(); }
    const RecordSourcePtr& source() const { return source_; }
    /// When the gateway took it.
    WallClock::time_point time() const { return time_; }
    /// Set once it has a stream record.
    const std::optional<proto::BootId>& boot() const { return boot_; }
    std::uint64_t first_seq() const { return first_seq_; }
    std::uint64_t last_seq() const { return last_seq_; }
    const std::string& entries() const { return entries_; }

    /// The same without stream records up to `seq`.
    RecordBatch after(std::uint64_t seq) const;

    /// What `entries()` gave, of one that was stored earlier.
    static RecordBatch stored(RecordSourcePtr source, WallClock::time_point time, std::size_t count,
                              std::string entries);

    /// Calls `visit(const RecordEntry&)` for each entry, in order. Stops at the first that is damaged.
    template <class F>
    void each(F visit) const {
        each_of(entries_, visit);
    }
    /// The same for what `entries()` gave.
    template <class F>
    static void each_of(std::string_view entries, F visit) {
        RecordEntry entry;
        while (take(entries, entry)) visit(entry);
    }

    /// One JSON object (docs/reference/objects.md), without newline.
    std::string to_json(const RecordEntry& entry) const;

  private:
    static bool take(std::string_view& rest, RecordEntry& entry);
    void add(RecordKind kind, bool is_json, std::string_view app, std::string_view content);

    RecordSourcePtr source_;
    WallClock::time_point time_;
    std::optional<proto::BootId> boot_;
    std::uint64_t first_seq_ = 0, last_seq_ = 0;
    std::size_t count_ = 0;
    std::string entries_;
};

}  // namespace wasmbed::gateway
