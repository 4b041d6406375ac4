// All objects: in memory for reading, on disk before a write is acknowledged, with a history for watches.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "host/base/timed_notifier.hpp"
#include "host/kube/types.hpp"
#include "services/apiserver/kind.hpp"
#include "services/apiserver/selector.hpp"
#include "services/apiserver/status.hpp"
#include "services/apiserver/write_log.hpp"

namespace wasmbed::apiserver {

using kube::ObjectKey;

/// Changes kept per kind for watches that come back. Old object versions are shared with it, a few KB each.
constexpr std::size_t kHistoryMax = 4096;

/// One version of one object. Never changes.
struct Stored {
    ObjectKey key;
    std::string uid;
    std::int64_t revision = 0;
    Labels labels;
    std::vector<std::string> owner_uids;
    bool deleting = false;                    ///< has a deletionTimestamp
    std::shared_ptr<const std::string> text;  ///< JSON with its resourceVersion

    /// The parsed object. Costs a parse: take `text` where that will do.
    json::value parse() const;
};
using StoredPtr = std::shared_ptr<const Stored>;

/// What happened to an object. `before` is null for a new one; `after` is null for a deleted one, whose last state,
/// with the deletion's revision, is `last`.
struct Change {
    std::int64_t revision = 0;
    StoredPtr before;
    StoredPtr after;
    StoredPtr last;
};

/// The objects of all kinds under one revision counter. Belongs to one event loop.
///
/// Writes are made against the `tip`, which has everything accepted so far; readers see the committed state only, which
/// follows when the write log says that it is on disk. Both are the same except for the few milliseconds of a commit.
/// If the disk refuses, everything not yet committed fails, and the tip falls back to the committed state.
class ObjectStore {
  public:
    ObjectStore(IoContext& io, const KindRegistry& kinds);

    Result<void, std::string> open(const std::string& path);

    /// Called for each change after it was committed; must not throw, and must not wait.
    void on_commit(std::function<void(const Kind&, const Change&)> callback) { on_commit_ = std::move(callback); }

    /// Returns when no write is under way any more.
    Task<> drain();

    /// Revision of the last committed change.
    std::int64_t revision() const { return committed_revision_; }

    /// The committed object, or null.
    StoredPtr get(const Kind& kind, const ObjectKey& key) const;
    /// The object with all accepted writes, or null: what a write is made from. No co_await may lie between `tip` and
    /// `put` or `remove`.
    StoredPtr tip(const Kind& kind, const ObjectKey& key) const;
    /// Committed objects in order of namespace and name, of one namespace or of all ("").
    std::vector<StoredPtr> list(const Kind& kind, std::string_view ns) const;

    /// Stores `object`, sets its resourceVersion, and returns when it is on disk.
    Task<Outcome<StoredPtr>> put(const Kind& kind, json::value object);
    /// Removes the object, and returns when that is on disk.
    Task<Outcome<StoredPtr>> remove(const Kind& kind, StoredPtr object);

    /// Changes after `revision` in order, at most `limit`, from the history; 410 when it no longer reaches back so far.
    Outcome<std::vector<const Change*>> changes_since(const Kind& kind, std::int64_t revision, std::size_t limit) const;
    /// Waits for the next change of `kind`, at most until `until`.
    Task<> changed(const Kind& kind, SteadyClock::time_point until = SteadyClock::time_point::max());

    /// Objects of any kind that name `uid` as an owner.
    std::vector<std::pair<const Kind*, ObjectKey>> owned_by(const std::string& uid) const;
    /// Whether an object with this uid exists.
    bool alive(const std::string& uid) const { return uids_.contains(uid); }

    const KindRegistry& kinds() const { return kinds_; }
    WriteLog& log() { return *log_; }

  private:
    struct PerKind {
        std::map<ObjectKey, StoredPtr> objects;
        struct Pending {
            StoredPtr object;  // null: removed
            std::int64_t revision;
        };
        std::map<ObjectKey, Pending> pending;  // accepted, not yet committed
        std::deque<Change> history;
        std::int64_t forgotten = 0;  // revision of the last change that is no longer in the history
        TimedNotifier changed;
    };
    struct Accepted {
        const Kind* kind;
        Change change;
        enum class State { waiting, committed, failed } state = State::waiting;
    };

    Task<Outcome<StoredPtr>> write(const Kind& kind, const ObjectKey& key, StoredPtr object, StoredPtr last);
    void committed(std::int64_t last_revision, const std::string& error);
    void publish(const Kind& kind, const Change& change);
    Result<void, std::string> load(const Kind& kind, const Record& record);
    void index(const Kind& kind, const StoredPtr& before, const StoredPtr& after);

    const KindRegistry& kinds_;
    std::vector<std::unique_ptr<PerKind>> state_;  // by Kind::index
    std::unordered_map<std::string, std::size_t> uids_;
    std::unordered_map<std::string, std::set<std::pair<std::size_t, ObjectKey>>> owned_;
    std::int64_t committed_revision_ = 0;
    std::int64_t accepted_revision_ = 0;
    std::deque<std::shared_ptr<Accepted>> accepted_;
    Notifier commit_done_;
    std::function<void(const Kind&, const Change&)> on_commit_;
    std::string write_error_;
    std::unique_ptr<WriteLog> log_;  // last member: its thread ends before the rest goes
};

}  // namespace wasmbed::apiserver
