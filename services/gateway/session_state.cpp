// What a session tells its device to have, and what the device says it has.
#include <algorithm>
#include <set>

#include "core/proto/names.hpp"
#include "core/wasm/rules.hpp"
#include "host/pki/encoding.hpp"
#include "services/gateway/session.hpp"

namespace wasmbed::gateway {
namespace {

Digest digest_from_hex(std::string_view hex) {
    Digest digest{};
    const auto bytes = pki::from_hex(hex);
    if (bytes && bytes->size() == digest.size()) std::ranges::copy(*bytes, digest.begin());
    return digest;
}

/// As people read it: devices name the engine's rule by its number, and have a detail for what varies only.
std::string detail_of(const proto::ReportedApp& app) {
    if (!app.rule) return std::string{app.detail};
    const auto rule = static_cast<wasm::Rule>(*app.rule);
    std::string text = wasm::is_known(rule) ? std::string{wasm::text_of(rule)}
                                            : "rule " + std::to_string(*app.rule) + " (unknown to this gateway)";
    return text.append(app.detail);
}

}  // namespace

std::vector<Session::DesiredItem> Session::items_for(const fleet::Device& device) const {
    const DeviceWorkload workload = with_.view.workload(device);
    std::vector<DesiredItem> items;
    std::set<std::string_view> listed;
    for (const PlannedBlobs& planned : workload.apps) {
        items.push_back({planned.app.uid, digest_from_hex(planned.app.manifest_sha256), planned.app.run,
                         planned.revision_key, digest_from_hex(planned.module_sha256)});
        listed.insert(planned.app.uid);
    }
    if (!workload.incomplete) return items;
    // A revision has not arrived yet. Until it does, the device keeps what it has of the apps that still exist.
    for (const fleet::DeviceApplication& app : device.applications) {
        if (listed.contains(app.uid) || !with_.view.application_lives(app.uid)) continue;
        const bool run = app.state != "Stopped" && !device.suspended;
        items.push_back({app.uid, digest_from_hex(app.manifest_sha256), run, "", {}});
    }
    std::ranges::sort(items, {}, &DesiredItem::uid);
    return items;
}

/// Whether Desired differs from what was planned last.
bool Session::plan_from(const fleet::Device& device) {
    std::vector<DesiredItem> items = items_for(device);
    std::string gateways;
    for (const std::string& gateway : with_.gateways.for_device(device)) gateways += gateway + "\n";
    const std::size_t hash = std::hash<std::string>{}(gateways);
    const bool differs = items != planned_ || hash != gateways_hash_;
    planned_ = std::move(items);
    gateways_hash_ = hash;
    return differs;
}

void Session::refresh_desired() {
    const kube::ObjectPtr object = with_.view.device(channel_.peer().device_uid);
    if (!object || !plan_from(fleet::device_from_json(*object))) return;
    ++generation_;
    link_.desired_changed();
    // A blob that the device asked for too early may be there now.
    link_.blob_ready();
    pump();
}

proto::Desired Session::desired() {
    Sessions::DesiredViews& views = sessions_.desired_;
    views.apps.clear();
    for (const DesiredItem& item : planned_) views.apps.push_back({item.uid, item.manifest, item.run});
    views.addresses.clear();
    if (const kube::ObjectPtr object = with_.view.device(channel_.peer().device_uid)) {
        views.addresses = with_.gateways.for_device(fleet::device_from_json(*object));
    }
    views.gateways.assign(views.addresses.begin(), views.addresses.end());
    return {.generation = generation_,
            .time_ms = wall_time_ms(),
            .gateways = std::span<const std::string_view>(views.gateways),
            .apps = std::span<const proto::DesiredApp>(views.apps)};
}

json::object Session::desired_json() const {
    json::array apps;
    for (const DesiredItem& item : planned_) {
        apps.push_back(json::object{{"name", with_.view.application_name(item.uid)},
                                    {"uid", item.uid},
                                    {"manifestSha256", pki::to_hex(item.manifest)},
                                    {"run", item.run}});
    }
    return {{"generation", generation_}, {"apps", std::move(apps)}};
}

const Session::DesiredItem* Session::item_with(const Digest& digest) const {
    const auto found = std::ranges::find_if(planned_, [&](const DesiredItem& item) {
        return !item.revision.empty() && (item.manifest == digest || item.module == digest);
    });
    return found == planned_.end() ? nullptr : &*found;
}

/// Only what this device is planned to have: a device cannot read other devices' programs by their digests.
link::Blob Session::blob(const Digest& digest) {
    const DesiredItem* item = item_with(digest);
    if (item == nullptr) return {.state = link::Blob::State::missing, .data = {}};
    serving_ = item->manifest == digest ? with_.view.manifest(device_.ns, item->revision)
                                        : with_.view.module(device_.ns, item->revision);
    if (!serving_) return {.state = link::Blob::State::missing, .data = {}};
    return {.state = link::Blob::State::ready, .data = *serving_};
}

void Session::on_served(const Digest& digest, std::uint64_t offset, std::size_t bytes, std::uint64_t total) {
    ++with_.metrics.messages[Metrics::kFetch];
    with_.metrics.blob_bytes += bytes;
    serving_.reset();
    const bool done = offset + bytes == total;
    if (!done && offset != 0) return;
    const DesiredItem* item = item_with(digest);
    if (item == nullptr || total == 0) return;
    record(RecordKind::fetch, app_name(item->uid),
           {{"what", item->manifest == digest ? "manifest" : "module"},
            {"sha256", pki::to_hex(digest)},
            {"bytes", total},
            {"done", done}});
}

void Session::on_reported(const proto::Reported& reported) {
    std::vector<fleet::DeviceApplication> applications;
    std::set<std::string> seen;
    for (const proto::ReportedApp& app : reported.apps) {
        if (!seen.insert(std::string(app.app)).second) continue;
        fleet::DeviceApplication entry;
        entry.uid = app.app;
        entry.name = app_name(app.app);
        entry.revision = app.revision;
        entry.manifest_sha256 = pki::to_hex(app.manifest);
        entry.state = proto::app_state_name(app.state);
        entry.restarts = app.restarts;
        entry.reason = proto::app_reason_name(app.reason);
        entry.detail = detail_of(app);
        if (app.exit_code) entry.exit_code = std::clamp<std::int64_t>(*app.exit_code, INT32_MIN, INT32_MAX);
        applications.push_back(std::move(entry));
    }
    ++with_.metrics.messages[Metrics::kReported];
    json::array lines;
    for (const fleet::DeviceApplication& app : applications) lines.push_back(app.to_json());
    record(RecordKind::report, "", {{"generation", reported.generation}, {"apps", std::move(lines)}});
    SessionFacts& facts = state_->facts;
    facts.applications = std::move(applications);
    facts.reported_generation = std::int64_t(std::min<std::uint64_t>(reported.generation, INT64_MAX));
    with_.status.set(device_, facts);
}

void Session::on_heartbeat(const proto::Heartbeat& heartbeat) {
    ++with_.metrics.messages[Metrics::kHeartbeat];
    state_->uptime_ms = heartbeat.time_ms;
    state_->memory_bytes = heartbeat.memory_bytes;
    state_->fuel = heartbeat.fuel;
    if (!with_.records.followed()) return;
    RecordBatch batch{source_, WallClock::now()};
    batch.add_json(RecordKind::heartbeat, "", json::serialize(state_->usage_json()));
    with_.records.publish(batch);
}

std::uint64_t Session::wall_time_ms() {
    const auto now = WallClock::now().time_since_epoch();
    return std::uint64_t(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

}  // namespace wasmbed::gateway
