#include "services/apiserver/collector.hpp"

#include <algorithm>

#include "host/base/log.hpp"

namespace wasmbed::apiserver {
namespace {

constexpr std::chrono::seconds kEventSweep = std::chrono::minutes(1);

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
        while (queue_.empty()) co_await queued_.wait();
        auto item = queue_.front();
        queue_.pop_front();
        co_await check(std::move(item));
    }
}

Task<> Collector::check(Item item) {
    auto object = store_.get(*item.kind, item.key);
    if (!object) co_return;
    if (item.kind == &namespaces_) {
        if (object->deleting) co_await empty_namespace(object);
        co_return;
    }
    if (object->deleting) co_return co_await finish_foreground(*item.kind, object);
    const auto& owners = object->owner_uids;
    bool owned = std::any_of(owners.begin(), owners.end(), [&](const auto& uid) { return store_.alive(uid); });
    if (owned || owners.empty()) co_return;
    log_debug("owners are gone, deleting", {{"kind", item.kind->kind}, {"key", item.key.text()}});
    auto removed = co_await writer_.remove(*item.kind, item.key, {.uid = object->uid});
    if (!removed && removed.error().code != 404) {
        log_warn("garbage not collected", {{"key", item.key.text()}, {"error", removed.error().message}});
    }
}

/// Deletes what is left; the last deletion brings us back here, to let the namespace go.
Task<> Collector::empty_namespace(StoredPtr ns) {
    bool empty = true;
    for (const auto& kind : store_.kinds().all()) {
        if (!kind->namespaced) continue;
        for (const auto& object : store_.list(*kind, ns->key.name)) {
            empty = false;
            if (!object->deleting) co_await writer_.remove(*kind, object->key, {});
        }
    }
    if (!empty) co_return;
    auto object = ns->parse();
    object.as_object()["spec"] = json::object{{"finalizers", json::array()}};
    co_await writer_.update(namespaces_, ns->key, std::move(object), {});
}

/// Deletes the dependents of an object that is deleted in the foreground; once there are none, lets it go.
Task<> Collector::finish_foreground(const Kind& kind, StoredPtr owner) {
    auto object = owner->parse();
    auto* finalizers = object.at("metadata").as_object().if_contains("finalizers");
    if (!finalizers || !finalizers->is_array()) co_return;
    auto& names = finalizers->get_array();
    auto waits = std::find(names.begin(), names.end(), json::value(kForegroundDeletion));
    if (waits == names.end()) co_return;
    auto dependents = store_.owned_by(owner->uid);
    for (const auto& [dependent, key] : dependents) {
        auto stored = store_.tip(*dependent, key);
        if (stored && !stored->deleting) co_await writer_.remove(*dependent, key, {.uid = stored->uid});
    }
    if (!dependents.empty()) co_return;
    names.erase(waits);
    auto released = co_await writer_.update(kind, owner->key, std::move(object), {});
    // Somebody else changed it meanwhile: that change brings us back here.
    if (!released && released.error().code != 409 && released.error().code != 404) {
        log_warn("not released after its dependents went",
                 {{"key", owner->key.text()}, {"error", released.error().message}});
    }
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
