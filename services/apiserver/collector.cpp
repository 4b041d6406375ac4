#include "services/apiserver/collector.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "host/base/log.hpp"

namespace wasmbed::apiserver {
using namespace boost::asio::experimental::awaitable_operators;
namespace {

constexpr std::chrono::seconds kEventSweep = std::chrono::minutes(1);
constexpr std::chrono::milliseconds kRetryAfter{500};

}  // namespace

Collector::Collector(IoContext& io, ObjectStore& store, ObjectWriter& writer, std::chrono::seconds event_lifetime)
    : store_(store),
      writer_(writer),
      namespaces_(*store.kinds().find("", "v1", "namespaces")),
      event_lifetime_(event_lifetime),
      queued_(io) {
    store_.on_commit([this](const Kind& kind, const Change& change) { note(kind, change); });
}

void Collector::note(const Kind& kind, const Change& change) {
    if (!change.after) {
        for (const auto& [dependent, key] : store_.owned_by(change.last->uid)) enqueue(*dependent, key);
        auto ns = kind.namespaced ? store_.get(namespaces_, {{}, change.last->key.ns}) : nullptr;
        if (ns && ns->deleting) enqueue(namespaces_, ns->key);
        if (!change.last->owner_uids.empty()) enqueue_owners(*change.last);
    } else if (!change.after->owner_uids.empty() || change.after->deleting) {
        enqueue(kind, change.after->key);
    }
}

/// An owner that is deleted in the foreground waits for its dependents to go.
void Collector::enqueue_owners(const Stored& dependent) {
    auto object = dependent.parse();
    const auto* owners = json_array(object, {"metadata", "ownerReferences"});
    for (std::size_t i = 0; owners && i < owners->size(); ++i) {
        const auto& reference = (*owners)[i];
        const auto* kind =
            store_.kinds().find_kind(json_string(reference, {"apiVersion"}), json_string(reference, {"kind"}));
        if (!kind) continue;
        ObjectKey key{kind->namespaced ? dependent.key.ns : std::string(),
                      std::string(json_string(reference, {"name"}))};
        auto owner = store_.get(*kind, key);
        if (owner && owner->deleting) enqueue(*kind, key);
    }
}

void Collector::enqueue(const Kind& kind, const ObjectKey& key) {
    queue_.push_back({&kind, key});
    queued_.notify_all();
}

Task<> Collector::run() {
    for (const auto& kind : store_.kinds().all()) {
        for (const auto& object : store_.list(*kind, {})) {
            if (!object->owner_uids.empty() || object->deleting) enqueue(*kind, object->key);
        }
    }
    while (true) {
        while (queue_.empty()) co_await wait_for_work();
        auto item = queue_.front();
        queue_.pop_front();
        bool done = co_await check(item);
        if (!done) failed_.push_back(item);
    }
}

/// What failed is tried again after a pause, all at once: a disk that is full fails for everything.
Task<> Collector::wait_for_work() {
    if (failed_.empty()) co_return co_await queued_.wait();
    co_await (queued_.wait() || sleep_for(kRetryAfter));
    queue_.insert(queue_.end(), failed_.begin(), failed_.end());
    failed_.clear();
}

Task<bool> Collector::check(Item item) {
    auto object = store_.get(*item.kind, item.key);
    if (!object) co_return true;
    if (item.kind == &namespaces_) {
        if (!object->deleting) co_return true;
        co_return co_await empty_namespace(object);
    }
    if (object->deleting) co_return co_await finish_foreground(*item.kind, object);
    const auto& owners = object->owner_uids;
    bool owned = std::any_of(owners.begin(), owners.end(), [&](const auto& uid) { return store_.alive(uid); });
    if (owned || owners.empty()) co_return true;
    log_debug("owners are gone, deleting", {{"kind", item.kind->kind}, {"key", item.key.text()}});
    auto removed = co_await writer_.remove(*item.kind, item.key, {.uid = object->uid});
    if (removed || removed.error().code == 404) co_return true;
    log_warn("garbage not collected, will retry", {{"key", item.key.text()}, {"error", removed.error().message}});
    co_return false;
}

/// Deletes what is left; the last deletion brings us back here, to let the namespace go.
Task<bool> Collector::empty_namespace(StoredPtr ns) {
    bool empty = true;
    bool failed = false;
    for (const auto& kind : store_.kinds().all()) {
        if (!kind->namespaced) continue;
        for (const auto& object : store_.list(*kind, ns->key.name)) {
            empty = false;
            if (object->deleting) continue;
            auto removed = co_await writer_.remove(*kind, object->key, {});
            failed = failed || (!removed && removed.error().code != 404);
        }
    }
    if (!empty) co_return !failed;
    auto object = ns->parse();
    object.as_object()["spec"] = json::object{{"finalizers", json::array()}};
    auto released = co_await writer_.update(namespaces_, ns->key, std::move(object), {});
    co_return released || released.error().code == 404;
}

/// Deletes the dependents of an object that is deleted in the foreground; once there are none, lets it go.
Task<bool> Collector::finish_foreground(const Kind& kind, StoredPtr owner) {
    auto object = owner->parse();
    auto* finalizers = object.at("metadata").as_object().if_contains("finalizers");
    if (!finalizers || !finalizers->is_array()) co_return true;
    auto& names = finalizers->get_array();
    auto waits = std::find(names.begin(), names.end(), json::value(kForegroundDeletion));
    if (waits == names.end()) co_return true;
    bool failed = false;
    auto dependents = store_.owned_by(owner->uid);
    for (const auto& [dependent, key] : dependents) {
        auto stored = store_.tip(*dependent, key);
        if (!stored || stored->deleting) continue;
        auto removed = co_await writer_.remove(*dependent, key, {.uid = stored->uid});
        failed = failed || (!removed && removed.error().code != 404);
    }
    if (!dependents.empty()) co_return !failed;
    names.erase(waits);
    auto released = co_await writer_.update(kind, owner->key, std::move(object), {});
    // Somebody else changed it meanwhile: that change brings us back here.
    if (released || released.error().code == 409 || released.error().code == 404) co_return true;
    log_warn("not released after its dependents went, will retry",
             {{"key", owner->key.text()}, {"error", released.error().message}});
    co_return false;
}

Task<> Collector::expire_events() {
    const auto& events = *store_.kinds().find("", "v1", "events");
    const auto sweep = std::min(kEventSweep, event_lifetime_);
    while (true) {
        for (const auto& event : store_.list(events, {})) {
            auto object = event->parse();
            auto time = parse_rfc3339(json_string(object, {"lastTimestamp"}));
            if (!time) time = parse_rfc3339(json_string(object, {"metadata", "creationTimestamp"}));
            if (time && WallClock::now() - *time > event_lifetime_) {
                co_await writer_.remove(events, event->key, {.uid = event->uid});
            }
        }
        co_await sleep_for(sweep);
    }
}

}  // namespace wasmbed::apiserver
