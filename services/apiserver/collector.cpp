#include "services/apiserver/collector.hpp"

#include <algorithm>

#include "host/base/log.hpp"

namespace wasmbed::apiserver {
namespace {

/// As kube-apiserver's --event-ttl.
constexpr auto kEventLifetime = std::chrono::hours(1);
constexpr auto kEventSweep = std::chrono::minutes(1);

}  // namespace

Collector::Collector(IoContext& io, ObjectStore& store, ObjectWriter& writer)
    : store_(store), writer_(writer), namespaces_(*store.kinds().find("", "v1", "namespaces")), queued_(io) {
    store_.on_commit([this](const Kind& kind, const Change& change) { note(kind, change); });
}

void Collector::note(const Kind& kind, const Change& change) {
    if (!change.after) {
        for (const auto& [dependent, key] : store_.owned_by(change.last->uid)) enqueue(*dependent, key);
        auto ns = kind.namespaced ? store_.get(namespaces_, {{}, change.last->key.ns}) : nullptr;
        if (ns && ns->deleting) enqueue(namespaces_, ns->key);
    } else if (!change.after->owner_uids.empty() || (&kind == &namespaces_ && change.after->deleting)) {
        enqueue(kind, change.after->key);
    }
}

void Collector::enqueue(const Kind& kind, const ObjectKey& key) {
    queue_.push_back({&kind, key});
    queued_.notify_all();
}

Task<> Collector::run() {
    for (const auto& kind : store_.kinds().all()) {
        for (const auto& object : store_.list(*kind, {})) {
            bool terminating = kind.get() == &namespaces_ && object->deleting;
            if (!object->owner_uids.empty() || terminating) enqueue(*kind, object->key);
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
    const auto& owners = object->owner_uids;
    bool owned = std::any_of(owners.begin(), owners.end(), [&](const auto& uid) { return store_.alive(uid); });
    if (owned || owners.empty() || object->deleting) co_return;
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

Task<> Collector::expire_events() {
    const auto& events = *store_.kinds().find("", "v1", "events");
    while (true) {
        for (const auto& event : store_.list(events, {})) {
            auto object = event->parse();
            auto time = parse_rfc3339(json_string(object, {"lastTimestamp"}));
            if (!time) time = parse_rfc3339(json_string(object, {"metadata", "creationTimestamp"}));
            if (time && WallClock::now() - *time > kEventLifetime) {
                co_await writer_.remove(events, event->key, {.uid = event->uid});
            }
        }
        co_await sleep_for(kEventSweep);
    }
}

}  // namespace wasmbed::apiserver
