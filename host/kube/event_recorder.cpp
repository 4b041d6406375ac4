#include "host/kube/event_recorder.hpp"

#include <algorithm>

#include "host/base/log.hpp"
#include "host/base/time.hpp"

namespace wasmbed::kube {
namespace {

/// As long as kube-apiserver keeps events: after that the first one is gone.
constexpr auto kAggregateFor = std::chrono::hours(1);
constexpr std::size_t kSeenMax = 1024;
constexpr std::size_t kMessageBytesMax = 1024;

/// "<object>.<16 hex digits>", as client-go names events.
std::string event_name(const json::value& object) {
    auto uuid = random_uuid();
    std::erase(uuid, '-');
    return std::string(json_string(object, {"metadata", "name"})) + "." + uuid.substr(0, 16);
}

json::object reference(const json::value& object) {
    json::object out;
    for (auto name : {"apiVersion", "kind"}) out[name] = json_string(object, {name});
    for (auto name : {"name", "namespace", "uid", "resourceVersion"})
        out[name] = json_string(object, {"metadata", name});
    return out;
}

}  // namespace

EventRecorder::EventRecorder(Client& client, std::string component, std::string host)
    : client_(client), component_(std::move(component)), host_(std::move(host)) {}

Task<> EventRecorder::record(json::value object, std::string type, std::string reason, std::string message) {
    if (message.size() > kMessageBytesMax) message.resize(kMessageBytesMax);
    auto now = SteadyClock::now();
    auto time = rfc3339(WallClock::now());
    std::string ns(json_string(object, {"metadata", "namespace"}, "default"));
    Key key{std::string(json_string(object, {"metadata", "uid"})), type, reason, message};
    if (auto seen = seen_.find(key); seen != seen_.end() && now - seen->second.last < kAggregateFor) {
        seen->second.last = now;
        json::object patch{{"count", ++seen->second.count}, {"lastTimestamp", time}};
        auto name = seen->second.name;
        auto patched = co_await client_.patch(kEvents, ns, name, std::move(patch));
        if (patched || !patched.error().not_found()) co_return;
    }
    auto name = event_name(object);
    json::object event{
        {"apiVersion", "v1"},
        {"kind", "Event"},
        {"metadata", {{"name", name}, {"namespace", ns}}},
        {"involvedObject", reference(object)},
        {"type", type},
        {"reason", reason},
        {"message", message},
        {"count", 1},
        {"firstTimestamp", time},
        {"lastTimestamp", time},
        {"source", {{"component", component_}, {"host", host_}}},
        {"reportingComponent", component_},
        {"reportingInstance", host_},
    };
    if (seen_.size() >= kSeenMax) {
        seen_.erase(std::min_element(seen_.begin(), seen_.end(),
                                     [](const auto& a, const auto& b) { return a.second.last < b.second.last; }));
    }
    seen_[key] = {name, 1, now};
    auto created = co_await client_.create(kEvents, ns, std::move(event));
    if (!created) log_debug("event not recorded", {{"reason", reason}, {"error", created.error().message}});
}

}  // namespace wasmbed::kube
