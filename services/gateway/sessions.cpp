#include "services/gateway/sessions.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "host/base/log.hpp"
#include "services/gateway/session.hpp"

namespace wasmbed::gateway {
namespace {

/// Devices that are sent away at a time while the gateway drains, so that the others are not stormed.
constexpr std::size_t kDrainStep = 50;
constexpr std::chrono::milliseconds kDrainPause{100};

}  // namespace

void DeviceState::set_led(std::uint32_t index, std::int64_t value) {
    const auto known = std::ranges::find(leds, index, &std::pair<std::uint32_t, std::int64_t>::first);
    if (known != leds.end()) {
        known->second = value;
    } else {
        leds.emplace_back(index, value);
    }
}

json::object DeviceState::usage_json() const {
    json::object usage{{"uptimeMs", uptime_ms}};
    if (memory_bytes) usage["memoryBytes"] = *memory_bytes;
    if (fuel) usage["fuel"] = *fuel;
    return usage;
}

json::object DeviceState::to_json() const {
    json::object session{{"state", connected ? "connected" : "closed"},
                         {"epoch", facts.epoch},
                         {"address", address},
                         {"cipher", cipher},
                         {"bootId", facts.boot_id},
                         {"since", rfc3339(facts.since)}};
    json::object lights;
    for (const auto& [index, value] : leds) lights[std::to_string(index)] = value;
    json::array apps;
    if (facts.applications) {
        for (const fleet::DeviceApplication& app : *facts.applications) apps.push_back(app.to_json());
    }
    return {{"session", std::move(session)},
            {"apps", std::move(apps)},
            {"leds", std::move(lights)},
            {"reportedGeneration", facts.reported_generation},
            {"uptimeMs", uptime_ms},
            {"usage", usage_json()},
            {"firmware", facts.make ? facts.make->firmware_json() : json::object{}},
            {"capacity", facts.make ? facts.make->capacity : json::object{}}};
}

Sessions::Sessions(Dependencies dependencies) : with_(std::move(dependencies)) {
    with_.view.on_device(
        [this](const std::string& uid, const kube::ObjectPtr& before) { device_changed(uid, before); });
    with_.view.on_workload([this](const std::string& ns) { workload_changed(ns); });
    with_.view.on_device_removed([this](const std::string& uid) { device_removed(uid); });
    with_.gateways.on_change([this] { gateways_changed(); });
}

Sessions::~Sessions() {
    with_.view.on_device({});
    with_.view.on_workload({});
    with_.view.on_device_removed({});
    with_.gateways.on_change({});
}

std::unique_ptr<DeviceHandler> Sessions::open(DeviceChannel& channel) {
    return std::make_unique<Session>(*this, channel);
}

const DeviceState* Sessions::state(const std::string& uid) const {
    const auto found = states_.find(uid);
    return found == states_.end() ? nullptr : found->second.get();
}

std::optional<json::object> Sessions::desired(const std::string& uid) const {
    const auto found = by_uid_.find(uid);
    if (found == by_uid_.end()) return std::nullopt;
    return found->second->desired_json();
}

std::string Sessions::usage_lines() const {
    std::string lines;
    for (const auto& [uid, session] : by_uid_) {
        const DeviceState* known = state(std::string(uid));
        if (!known || !known->memory_bytes) continue;
        json::object line = known->usage_json();
        line["namespace"] = session->device().ns;
        line["device"] = session->device().name;
        lines += json::serialize(line) + "\n";
    }
    return lines;
}

void Sessions::device_changed(const std::string& uid, const kube::ObjectPtr& before) {
    const kube::ObjectPtr object = with_.view.device(uid);
    // The echo of a write is most of what a gateway hears.
    if (object && with_.status.is_echo(kube::key_of(*object), before, *object)) return;
    if (!by_uid_.contains(uid)) return;
    dirty_devices_.insert(uid);
    schedule_refresh();
}

void Sessions::workload_changed(const std::string& ns) {
    named_uid_.clear();
    dirty_namespaces_.insert(ns);
    schedule_refresh();
}

void Sessions::device_removed(const std::string& uid) {
    states_.erase(uid);
    with_.records.forget_device(uid);
}

void Sessions::gateways_changed() {
    all_dirty_ = true;
    schedule_refresh();
}

std::string_view Sessions::refusal() const {
    if (draining_) return "the gateway drains: try another one";
    if (by_uid_.size() >= capacity_) return "the gateway has as many sessions as it takes: try another one";
    return {};
}

void Sessions::set_drain(bool drain) {
    if (drain == draining_) return;
    draining_ = drain;
    log_info(drain ? "drains: sends its devices to the other gateways" : "takes sessions again", {});
    gateways_changed();
    if (drain) with_.tasks.spawn("send devices away", send_away());
}

Task<> Sessions::send_away() {
    // The list of gateways without this one goes first.
    co_await sleep_for(kDrainPause);
    while (draining_ && !by_uid_.empty()) {
        std::size_t left = kDrainStep;
        for (const auto& [_, session] : by_uid_) {
            if (left-- == 0) break;
            session->send_away();
        }
        co_await sleep_for(kDrainPause);
    }
}

/// Many changes that arrive together (a relist, a rollout) make one pass.
void Sessions::schedule_refresh() {
    if (refresh_scheduled_) return;
    refresh_scheduled_ = true;
    boost::asio::post(with_.io, [this] {
        refresh_scheduled_ = false;
        refresh_dirty();
    });
}

void Sessions::refresh_dirty() {
    const std::set<std::string> devices = std::exchange(dirty_devices_, {});
    const std::set<std::string> namespaces = std::exchange(dirty_namespaces_, {});
    const bool all = std::exchange(all_dirty_, false);
    // Ending a session happens at the end of a turn, so nothing leaves `by_uid_` meanwhile.
    for (const auto& [uid, session] : by_uid_) {
        const bool device_changed = devices.contains(std::string(uid));
        if (device_changed) session->check_device();
        if (all || device_changed || namespaces.contains(session->device().ns)) session->refresh_desired();
    }
}

void Sessions::end_abandoned() {
    for (const kube::ObjectPtr& object : with_.view.devices()) {
        const fleet::Device device = fleet::device_from_json(*object);
        if (!device.session || !device.session->until.empty() || device.session->gateway != with_.gateway) continue;
        if (by_uid_.contains(device.meta.uid)) continue;
        SessionFacts facts;
        facts.gateway = with_.gateway;
        facts.epoch = device.session->epoch;
        facts.boot_id = device.session->boot_id;
        facts.since = parse_rfc3339(device.session->since).value_or(WallClock::now());
        facts.ended = WallClock::now();
        facts.end_reason = "GatewayRestarted";
        facts.end_message = "the gateway was restarted and the device has not come back yet";
        with_.status.set(kube::key_of(*object), std::move(facts));
    }
}

}  // namespace wasmbed::gateway
