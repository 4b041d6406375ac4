// Deletes what has lost its reason to exist: dependents of deleted owners, contents of deleted namespaces, old events.
#pragma once

#include <chrono>
#include <deque>

#include "services/apiserver/object_writer.hpp"

namespace wasmbed::apiserver {

class Collector {
  public:
    /// `event_lifetime`: how long events are kept; kube-apiserver's --event-ttl is an hour.
    Collector(IoContext& io, ObjectStore& store, ObjectWriter& writer, std::chrono::seconds event_lifetime);

    /// Runs until cancelled. Looks at everything once, then at what changes touch.
    Task<> run();
    /// Removes events that are older than their lifetime, once a minute or as often as they live. Runs until cancelled.
    Task<> expire_events();

  private:
    struct Item {
        const Kind* kind;
        ObjectKey key;
    };

    void note(const Kind& kind, const Change& change);
    void enqueue(const Kind& kind, const ObjectKey& key);
    Task<> wait_for_work();
    /// These give false when something failed that should be tried again.
    Task<bool> check(Item item);
    Task<bool> empty_namespace(StoredPtr ns);
    Task<bool> finish_foreground(const Kind& kind, StoredPtr owner);
    void enqueue_owners(const Stored& dependent);

    ObjectStore& store_;
    ObjectWriter& writer_;
    const Kind& namespaces_;
    std::chrono::seconds event_lifetime_;
    std::deque<Item> queue_;
    std::deque<Item> failed_;  ///< of the last round
    Notifier queued_;
};

}  // namespace wasmbed::apiserver
