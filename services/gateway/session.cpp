#include "services/gateway/session.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "host/base/log.hpp"
#include "host/pki/encoding.hpp"
#include "services/gateway/admission.hpp"

namespace wasmbed::gateway {
namespace {

/// Between attempts to take a device while the API server does not answer.
constexpr std::chrono::milliseconds kTakeOverPause{500};

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
      link_(link_now(), with_.memory, *this) {
    pump();
}

// ---- bytes in and out

void Session::received(Bytes plaintext) {
    in_turn_ = true;
    link_.on_bytes(link_now(), plaintext);
    in_turn_ = false;
    store_turn();
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
    if (const std::string_view reason = sessions_.refusal(); !reason.empty()) return refuse(reason);
    hello_at_ = SteadyClock::now();
    SessionFacts facts;
    facts.gateway = with_.gateway;
    facts.boot_id = pki::to_hex(hello.boot_id);
    facts.since = WallClock::now();
    facts.make = sessions_.makes_.share(hello);
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
    const kube::ObjectKey key = kube::key_of(*object);
    const auto problem = catch_up(with.view, peer, facts, object);
    const Handle self = who.lock();
    if (self && !problem) co_return (*self)->welcome(object, facts, stored_seq);
    if (self) (*self)->refuse(*problem);
    facts.ended = WallClock::now();
    facts.end_reason = "SessionClosed";
    facts.end_message = problem.value_or("the connection ended before the session began");
    with.status.set(key, facts);
}

/// Nobody tells a session that is not registered yet what happened to its Device since it took it. Makes `object` the
/// newest version known; why there is to be no session any more, if that is so.
std::optional<std::string> Session::catch_up(const FleetView& view, const TlsPeer& peer, const SessionFacts& facts,
                                             kube::ObjectPtr& object) {
    const kube::ObjectPtr known = view.device(peer.device_uid);
    if (!known) return "the Device was deleted";
    if (is_superseded(*known, facts)) return "another session has the device";
    // A version from before this session comes from an informer that is behind: what it still brings is told.
    if (!is_current(*known, facts)) return std::nullopt;
    object = known;
    return session_problem(fleet::device_from_json(*known), peer);
}

void Session::refuse(std::string_view reason) {
    with_.metrics.refusals.note(Refusal::identity, channel_.address(),
                                std::string(reason) + " (uid " + channel_.peer().device_uid + ")");
    link_.refuse(reason);
    pump();
}

void Session::welcome(const kube::ObjectPtr& object, const SessionFacts& facts, std::uint64_t stored_seq) {
    device_ = kube::key_of(*object);
    source_ = std::make_shared<RecordSource>(device_.ns, device_.name, channel_.peer().device_uid);
    if (const auto other = sessions_.by_uid_.find(channel_.peer().device_uid); other != sessions_.by_uid_.end()) {
        other->second->superseded("the device opened another session");
        sessions_.by_uid_.erase(other);
    }
    sessions_.by_uid_.emplace(channel_.peer().device_uid, this);
    registered_ = true;
    ++with_.metrics.sessions_opened;
    with_.metrics.take_over.observe(SteadyClock::now() - hello_at_);
    begin_state(facts);
    log_info("device connected", {{"device", device_.text()}, {"epoch", facts.epoch}, {"address", channel_.address()}});
    record_session("connected");
    plan_from(fleet::device_from_json(*object));
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
    DeviceStatePtr& known = sessions_.states_[channel_.peer().device_uid];
    auto next = std::make_shared<DeviceState>();
    next->facts = facts;
    next->address = channel_.address();
    next->cipher = channel_.peer().cipher;
    next->connected = true;
    if (known && known->facts.boot_id == facts.boot_id) next->leds = known->leds;
    state_ = known = std::move(next);
}

void Session::check_device() {
    const kube::ObjectPtr object = with_.view.device(channel_.peer().device_uid);
    if (!object) return superseded("the Device was deleted");
    const fleet::Device device = fleet::device_from_json(*object);
    if (const auto problem = session_problem(device, channel_.peer())) {
        log_info("session ends", {{"device", device_.text()}, {"reason", *problem}});
        return channel_.close(*problem);
    }
    check_renewal(device);
    // The controller took this gateway for dead, and it is not.
    if (is_current(*object, state_->facts) && device.session && !device.session->until.empty()) {
        with_.status.set(device_, state_->facts);
    }
    if (is_superseded(*object, state_->facts)) {
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
    log_info("device disconnected", {{"device", device_.text()}, {"epoch", state_->facts.epoch}, {"reason", reason}});
    const auto current = sessions_.by_uid_.find(channel_.peer().device_uid);
    if (current != sessions_.by_uid_.end() && current->second == this) sessions_.by_uid_.erase(current);
    state_->connected = false;
    if (!superseded_) {
        SessionFacts& facts = state_->facts;
        facts.ended = WallClock::now();
        facts.end_reason = link_.closed() == link::CloseReason::peer_silent ? "HeartbeatsMissed" : "SessionClosed";
        facts.end_message = reason;
        with_.status.set(device_, facts);
    }
    if (sessions_.count_changed_) sessions_.count_changed_();
}

}  // namespace wasmbed::gateway
