// Deletes what has lost its reason to exist: dependents of deleted owners, contents of deleted namespaces, old events.
#pragma once

#include <deque>

#include "services/apiserver/object_writer.hpp"

namespace wasmbed::apiserver {

class Collector {
  public:
    Collector(IoContext& io, ObjectStore& store, ObjectWriter& writer);

    /// Runs until cancelled. Looks at everything once, then at what changes touch.
    Task<> run();
    /// Removes events older than an hour, once a minute. Runs until cancelled.
    Task<> expire_events();

  private:
    struct Item {
        const Kind* kind;
        ObjectKey key;
    };

    void note(const Kind& kind, const Change& change);
    void enqueue(const Kind& kind, const ObjectKey& key);
    Task<> check(Item item);
    Task<> empty_namespace(StoredPtr ns);

    ObjectStore& store_;
    ObjectWriter& writer_;
    const Kind& namespaces_;
    std::deque<Item> queue_;
    Notifier queued_;
};

}  // namespace wasmbed::apiserver
