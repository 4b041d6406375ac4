#include "services/gateway/session.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <set>

#include "core/proto/names.hpp"
#include "host/base/log.hpp"
#include "host/pki/encoding.hpp"
#include "services/gateway/admission.hpp"

namespace wasmbed::gateway {
namespace {

/// Between attempts to take a device while the API server does not answer.
constexpr std::chrono::milliseconds kTakeOverPause{500};

Digest digest_from_hex(std::string_view hex) {
    Digest digest{};
    const auto bytes = pki::from_hex(hex);
    if (bytes && bytes->size() == digest.size()) std::ranges::copy(*bytes, digest.begin());
    return digest;
}

json::object to_json(const proto::Capacity& capacity) {
    json::array features;
    for (const std::string_view feature : capacity.features) features.emplace_back(feature);
    return {{"ram", capacity.app_ram_bytes},
            {"flash", capacity.store_bytes},
            {"features", std::move(features)},
            {"apps", capacity.apps_max},
            {"moduleBytes", capacity.module_bytes_max}};
}

/// What only a device that does not keep to wire.cddl brings about.
bool breaks_rules(link::CloseReason reason) {
    switch (reason) {
        case link::CloseReason::frame_too_large:
        case link::CloseReason::malformed:
        case link::CloseReason::not_expected:
        case link::CloseReason::out_of_sequence:
        case link::CloseReason::no_hello:
            return true;
        default:
            return false;
    }
}

}  // namespace

Instant link_now() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return {std::uint64_t(std::chrono::duration_cast<std::chrono::milliseconds>(now).count())};
}

Session::Session(Sessions& sessions, DeviceChannel& channel)
    : sessions_(sessions),
      with_(sessions.with_),
      channel_(channel),
      handle_(std::make_shared<Session*>(this)),
      stream_(with_.records),
      link_(link_now(), with_.memory, *this) {
    pump();
}

// ---- bytes in and out

void Session::received(Bytes plaintext) {
    link_.on_bytes(link_now(), plaintext);
    pump();
}

void Session::deadline() {
    link_.on_time(link_now());
    pump();
}

void Session::pump() {
    const Instant now = link_now();
    while (channel_.writable()) {
        const Bytes output = link_.poll_output(now);
        if (output.empty()) break;
        channel_.send(output);
        link_.consumed(output.size());
    }
    if (link_.record_limit() != record_limit_) {
        record_limit_ = link_.record_limit();
        channel_.limit_records(record_limit_);
    }
    if (link_.closed() != link::CloseReason::none) return channel_.close(link::close_reason_name(link_.closed()));
    if (const Instant due = link_.next_deadline(); due != kNever) {
        channel_.set_deadline(std::chrono::milliseconds((due - now).ms));
    }
}

/// One pump for everything that happens in this turn, so that it leaves in one record.
void Session::pump_later() {
    if (pump_scheduled_) return;
    pump_scheduled_ = true;
    boost::asio::post(with_.io, [who = std::weak_ptr(handle_)] {
        const Handle self = who.lock();
        if (!self) return;
        (*self)->pump_scheduled_ = false;
        (*self)->pump();
    });
}

// ---- taking the device

void Session::on_hello(const proto::Hello& hello) {
    ++with_.metrics.messages[Metrics::kHello];
    hello_at_ = SteadyClock::now();
    SessionFacts facts;
    facts.gateway = with_.gateway;
    facts.boot_id = pki::to_hex(hello.boot_id);
    facts.since = WallClock::now();
    facts.firmware = hello.firmware;
    facts.engine_build = hello.engine_build;
    facts.reset_reason = hello.reset_reason;
    facts.capacity = to_json(hello.capacity);
    with_.tasks.spawn("take over device", take_over(sessions_, handle_, channel_.peer(), std::move(facts)));
}

/// Raises the epoch with the newest Device there is. `who` may end at any wait.
Task<> Session::take_over(Sessions& sessions, std::weak_ptr<Session*> who, TlsPeer peer, SessionFacts facts) {
    Sessions::Dependencies& with = sessions.with_;
    kube::ObjectPtr object = with.view.device(peer.device_uid);
    bool fresh = false;
    while (!who.expired()) {
        std::optional<std::string> problem = "no Device has the uid of this certificate";
        if (object) problem = session_problem(fleet::device_from_json(*object), peer);
        // The informer may be behind: a certificate that was issued just now is not in it yet.
        const bool look_again = !fresh && object;
        if (problem && !look_again) {
            if (const Handle self = who.lock()) (*self)->refuse(*problem);
            co_return;
        }
        if (!problem) {
            auto opened = co_await with.status.open(object, facts);
            if (opened) {
                facts = std::move(*opened);
                break;
            }
            if (!opened.error().conflict()) {
                log_warn("cannot take a device",
                         {{"device", kube::key_of(*object).text()}, {"error", opened.error().message}});
                co_await sleep_for(kTakeOverPause);
            }
        }
        const kube::ObjectKey key = kube::key_of(*object);
        auto got = co_await with.client.get(kube::kDevices, key.ns, key.name);
        fresh = got.has_value() || got.error().not_found();
        if (got) object = std::make_shared<const json::value>(std::move(*got));
        if (!got && got.error().not_found()) object = nullptr;
        if (!got && !got.error().not_found()) co_await sleep_for(kTakeOverPause);
    }
    if (facts.epoch == 0) co_return;

    proto::BootId boot_id{};
    std::ranges::copy(pki::from_hex(facts.boot_id).value(), boot_id.begin());
    const std::uint64_t stored_seq = co_await with.records.stored_seq(peer.device_uid, boot_id);
    if (const Handle self = who.lock()) {
        (*self)->welcome(object, facts, stored_seq);
    } else {
        facts.ended = WallClock::now();
        facts.end_reason = "SessionClosed";
        facts.end_message = "the connection ended before the session began";
        with.status.set(kube::key_of(*object), facts);
    }
}

void Session::refuse(std::string_view reason) {
    with_.metrics.refusals.note(Refusal::identity, channel_.address(),
                                std::string(reason) + " (uid " + channel_.peer().device_uid + ")");
    link_.refuse(reason);
    pump();
}

void Session::welcome(const kube::ObjectPtr& object, const SessionFacts& facts, std::uint64_t stored_seq) {
    device_ = kube::key_of(*object);
    facts_ = facts;
    Session*& current = sessions_.by_uid_[channel_.peer().device_uid];
    if (current != nullptr) current->superseded("the device opened another session");
    sessions_.by_uid_[channel_.peer().device_uid] = this;
    registered_ = true;
    ++with_.metrics.sessions_opened;
    with_.metrics.take_over.observe(SteadyClock::now() - hello_at_);
    begin_state(facts);
    log_info("device connected", {{"device", device_.text()}, {"epoch", facts.epoch}, {"address", channel_.address()}});
    record_session("connected");
    planned_ = plan(*object);
    ++generation_;
    link_.welcome(
        link_now(),
        {.epoch = std::uint64_t(facts.epoch), .heartbeat_seconds = std::uint32_t(sessions_.heartbeat_.count())},
        stored_seq);
    pump();
    if (sessions_.count_changed_) sessions_.count_changed_();
}

/// LEDs keep what was reported of them as long as the device has not booted again.
void Session::begin_state(const SessionFacts& facts) {
    DeviceState next;
    next.session = {{"state", "connected"},          {"epoch", facts.epoch},
                    {"address", channel_.address()}, {"cipher", channel_.peer().cipher},
                    {"bootId", facts.boot_id},       {"since", rfc3339(facts.since)}};
    if (json_string(state().session, {"bootId"}) == facts.boot_id) next.leds = state().leds;
    next.firmware = {
        {"version", facts.firmware}, {"engineBuild", facts.engine_build}, {"resetReason", facts.reset_reason}};
    next.capacity = facts.capacity;
    state() = std::move(next);
}

void Session::check_device() {
    const kube::ObjectPtr object = with_.view.device(channel_.peer().device_uid);
    if (!object) return superseded("the Device was deleted");
    if (const auto problem = session_problem(fleet::device_from_json(*object), channel_.peer())) {
        log_info("session ends", {{"device", device_.text()}, {"reason", *problem}});
        return channel_.close(*problem);
    }
    if (json_int(*object, {"status", "session", "epoch"}) > facts_.epoch) {
        superseded("gateway " + std::string(json_string(*object, {"status", "session", "gateway"})) +
                   " has the device now");
    }
}

void Session::superseded(std::string_view reason) {
    superseded_ = true;
    channel_.close(reason);
}

void Session::closed(std::string_view reason) {
    handle_.reset();
    if (breaks_rules(link_.closed())) {
        with_.metrics.refusals.note(Refusal::protocol, channel_.address(), reason);
    }
    if (!registered_) return;
    const auto ended = link_.closed();
    ++with_.metrics
          .sessions_closed[ended == link::CloseReason::none ? "connection" : std::string(close_reason_name(ended))];
    record_session("closed", reason);
    log_info("device disconnected", {{"device", device_.text()}, {"epoch", facts_.epoch}, {"reason", reason}});
    const auto current = sessions_.by_uid_.find(channel_.peer().device_uid);
    if (current != sessions_.by_uid_.end() && current->second == this) {
        sessions_.by_uid_.erase(current);
        const auto known = sessions_.states_.find(channel_.peer().device_uid);
        if (known != sessions_.states_.end()) known->second.session["state"] = "closed";
    }
    if (!superseded_) {
        facts_.ended = WallClock::now();
        facts_.end_reason = link_.closed() == link::CloseReason::peer_silent ? "HeartbeatsMissed" : "SessionClosed";
        facts_.end_message = reason;
        with_.status.set(device_, facts_);
    }
    if (sessions_.count_changed_) sessions_.count_changed_();
}

// ---- desired and reported state

std::vector<Session::DesiredItem> Session::plan(const json::value& object) const {
    const fleet::Device device = fleet::device_from_json(object);
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

void Session::refresh_desired() {
    const kube::ObjectPtr object = with_.view.device(channel_.peer().device_uid);
    if (!object) return;
    std::vector<DesiredItem> items = plan(*object);
    if (items == planned_) return;
    planned_ = std::move(items);
    ++generation_;
    link_.desired_changed();
    // A blob that the device asked for too early may be there now.
    link_.blob_ready();
    pump();
}

proto::Desired Session::desired() {
    desired_apps_.clear();
    for (const DesiredItem& item : planned_) desired_apps_.push_back({item.uid, item.manifest, item.run});
    return {.generation = generation_,
            .time_ms = wall_time_ms(),
            .gateways = {},
            .apps = std::span<const proto::DesiredApp>(desired_apps_)};
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
    record("fetch", app_name(item->uid),
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
        entry.detail = app.detail;
        if (app.exit_code) entry.exit_code = std::clamp<std::int64_t>(*app.exit_code, INT32_MIN, INT32_MAX);
        applications.push_back(std::move(entry));
    }
    ++with_.metrics.messages[Metrics::kReported];
    json::array lines;
    for (const fleet::DeviceApplication& app : applications) lines.push_back(app.to_json());
    state().apps = lines;
    record("report", "", {{"generation", reported.generation}, {"apps", std::move(lines)}});
    facts_.applications = std::move(applications);
    facts_.reported_generation = std::int64_t(std::min<std::uint64_t>(reported.generation, INT64_MAX));
    with_.status.set(device_, facts_);
}

void Session::on_heartbeat(std::uint64_t uptime_ms) {
    ++with_.metrics.messages[Metrics::kHeartbeat];
    state().uptime_ms = uptime_ms;
    json::object body = record_head("heartbeat");
    body["uptimeMs"] = uptime_ms;
    with_.records.publish(
        {device_.ns, device_.name, channel_.peer().device_uid, "heartbeat", "", json::serialize(body), {}});
}

std::uint64_t Session::wall_time_ms() {
    const auto now = WallClock::now().time_since_epoch();
    return std::uint64_t(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

// ---- records

void Session::on_log(const proto::Log& log) {
    ++with_.metrics.messages[Metrics::kLog];
    std::string app = app_name(log.source);
    json::object body{{"level", log_level_name(log.level)}, {"app", app}, {"text", log.text}};
    record_stream("log", log.head, std::move(app), std::move(body));
}

void Session::on_event(const proto::Event& event) {
    ++with_.metrics.messages[Metrics::kEvent];
    if (event.kind == proto::EventKind::led) state().leds[event.index] = event.value;
    std::string app = app_name(event.source);
    json::object body{{"event", proto::event_kind_name(event.kind)},
                      {"app", app},
                      {"index", event.index},
                      {"value", event.value},
                      {"text", event.text}};
    record_stream("event", event.head, std::move(app), std::move(body));
}

void Session::on_dropped(const proto::Dropped& dropped) {
    ++with_.metrics.messages[Metrics::kDropped];
    with_.metrics.records_lost += dropped.count;
    record_stream("dropped", dropped.head, "", {{"count", dropped.count}});
}

/// The name of an Application, its uid when it is gone, empty for the firmware.
std::string Session::app_name(std::string_view uid) const {
    if (uid.empty()) return {};
    std::string name = with_.view.application_name(std::string(uid));
    return name.empty() ? std::string(uid) : name;
}

DeviceState& Session::state() {
    return sessions_.states_[channel_.peer().device_uid];
}

json::object Session::record_head(std::string_view kind) const {
    return {{"time", rfc3339_micro(WallClock::now())}, {"device", device_.name}, {"kind", kind}};
}

void Session::record(std::string_view kind, std::string app, json::object body) {
    json::object line = record_head(kind);
    for (auto& member : body) line[member.key()] = std::move(member.value());
    // When the store is full of what waits for the disk, this history is the first to go.
    (void)with_.records.append({device_.ns,
                                device_.name,
                                channel_.peer().device_uid,
                                std::string(kind),
                                std::move(app),
                                json::serialize(line),
                                {}});
}

void Session::record_stream(std::string_view kind, const proto::StreamHead& head, std::string app, json::object body) {
    json::object line = record_head(kind);
    line["bootId"] = pki::to_hex(head.boot_id);
    line["seq"] = head.seq;
    line["uptimeMs"] = head.uptime_ms;
    for (auto& member : body) line[member.key()] = std::move(member.value());
    state().uptime_ms = std::max(state().uptime_ms, head.uptime_ms);
    Record record{device_.ns,
                  device_.name,
                  channel_.peer().device_uid,
                  std::string(kind),
                  std::move(app),
                  json::serialize(line),
                  StreamPosition{head.boot_id, head.seq}};
    const bool queued = stream_.append(std::move(record), [who = std::weak_ptr(handle_), seq = head.seq] {
        const Handle self = who.lock();
        if (!self) return;
        ++(*self)->with_.metrics.records_stored;
        (*self)->link_.stored(seq);
        (*self)->pump_later();
    });
    // Not acknowledged, so the device keeps it and sends it again in its next session.
    if (!queued) channel_.close("too many records wait for the disk");
}

void Session::record_session(std::string_view state, std::string_view reason) {
    json::object body{
        {"state", state}, {"epoch", facts_.epoch}, {"address", channel_.address()}, {"cipher", channel_.peer().cipher}};
    if (!reason.empty()) body["reason"] = reason;
    record("session", "", std::move(body));
}

}  // namespace wasmbed::gateway
