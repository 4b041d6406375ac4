#include "host/kube/informer.hpp"

#include <algorithm>
#include <random>

#include "host/base/kept_json.hpp"
#include "host/base/log.hpp"

namespace wasmbed::kube {
namespace {

constexpr auto kBackoffFirst = std::chrono::milliseconds(200);
constexpr auto kBackoffMax = std::chrono::milliseconds(15'000);
constexpr int kPageSize = 500;

/// Between half of `delay` and all of it, so that many clients of one server do not come back at the same moment.
std::chrono::milliseconds jittered(std::chrono::milliseconds delay) {
    static thread_local std::minstd_rand random{std::random_device{}()};
    std::uniform_int_distribution<std::int64_t> spread(delay.count() / 2, delay.count());
    return std::chrono::milliseconds(spread(random));
}

}  // namespace

Informer::Informer(Client& client, ResourceType type, std::string ns, InformerOptions options)
    : client_(client), type_(type), ns_(std::move(ns)), options_(std::move(options)), synced_changed_(client.io()) {}

Task<> Informer::run() {
    auto delay = kBackoffFirst;
    std::string revision;  // empty: list first
    while (true) {
        if (revision.empty()) {
            auto listed = co_await relist();
            if (!listed) {
                log_warn("list failed", {{"kind", type_.kind}, {"error", listed.error().message}});
                co_await sleep_for(jittered(delay));
                delay = std::min(delay * 2, kBackoffMax);
                continue;
            }
            revision = *listed;
        }
        auto started = SteadyClock::now();
        auto followed = co_await follow(revision);
        if (SteadyClock::now() - started > kBackoffMax) delay = kBackoffFirst;
        if (followed) {
            // An orderly end: go on from the last revision. At once, unless the server ends each watch at once.
            revision = *followed;
            if (SteadyClock::now() - started < kBackoffFirst) co_await sleep_for(jittered(kBackoffFirst));
            continue;
        }
        log_debug("watch ended", {{"kind", type_.kind}, {"error", followed.error().message}});
        revision.clear();
        if (!followed.error().expired()) {
            co_await sleep_for(jittered(delay));
            delay = std::min(delay * 2, kBackoffMax);
        }
    }
}

Task<ApiResult<std::string>> Informer::relist() {
    ListOptions options{options_.label_selector, options_.field_selector, kPageSize};
    auto list = co_await client_.list(type_, ns_, options);
    if (!list) co_return fail(list.error());
    std::map<ObjectKey, ObjectPtr> fresh;
    for (auto& item : list->at("items").as_array()) {
        // Items of a list come without kind and apiVersion from a real API server's built-in kinds.
        auto& object = item.as_object();
        if (!object.contains("kind")) object["kind"] = type_.kind;
        if (!object.contains("apiVersion")) object["apiVersion"] = type_.api_version();
        auto key = key_of(item);
        fresh[key] = keep_json(item);
    }
    std::vector<ObjectKey> vanished;
    for (const auto& [key, object] : objects_) {
        if (!fresh.contains(key)) vanished.push_back(key);
    }
    for (const auto& key : vanished) apply(key, nullptr);
    for (auto& [key, object] : fresh) apply(key, std::move(object));
    if (!synced_) {
        synced_ = true;
        synced_changed_.notify_all();
    }
    co_return std::string(json_string(*list, {"metadata", "resourceVersion"}));
}

/// Applies events until the watch ends; returns the revision to go on from.
Task<ApiResult<std::string>> Informer::follow(std::string resource_version) {
    WatchOptions options{options_.label_selector, options_.field_selector, resource_version};
    auto watch = co_await client_.watch(type_, ns_, options);
    if (!watch) co_return fail(watch.error());
    while (true) {
        auto event = co_await (*watch)->next();
        if (!event) co_return fail(event.error());
        if (!*event) co_return resource_version;
        resource_version = json_string((*event)->object, {"metadata", "resourceVersion"}, resource_version);
        if ((*event)->type == WatchEvent::Type::bookmark) continue;
        bool deleted = (*event)->type == WatchEvent::Type::deleted;
        auto key = key_of((*event)->object);
        apply(key, deleted ? nullptr : keep_json((*event)->object));
    }
}

void Informer::apply(const ObjectKey& key, ObjectPtr after) {
    auto found = objects_.find(key);
    ObjectPtr before = found == objects_.end() ? nullptr : found->second;
    if (!before && !after) return;
    if (before && after &&
        json_string(*before, {"metadata", "resourceVersion"}) == json_string(*after, {"metadata", "resourceVersion"})) {
        return;
    }
    if (after) {
        objects_[key] = after;
    } else {
        objects_.erase(found);
    }
    for (const auto& handler : handlers_) handler(key, before, after);
}

Task<> Informer::wait_synced() {
    while (!synced_) co_await synced_changed_.wait();
}

ObjectPtr Informer::get(const ObjectKey& key) const {
    auto found = objects_.find(key);
    return found == objects_.end() ? nullptr : found->second;
}

std::vector<ObjectPtr> Informer::list(std::string_view ns) const {
    std::vector<ObjectPtr> found;
    auto at = ns.empty() ? objects_.begin() : objects_.lower_bound(ObjectKey{std::string(ns), {}});
    for (; at != objects_.end() && (ns.empty() || at->first.ns == ns); ++at) found.push_back(at->second);
    return found;
}

}  // namespace wasmbed::kube
