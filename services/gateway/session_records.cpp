// What of a session is kept as records.
#include "host/base/log.hpp"
#include "services/gateway/session.hpp"

namespace wasmbed::gateway {

void Session::on_log(const proto::Log& log) {
    ++with_.metrics.messages[Metrics::kLog];
    keep(RecordKind::log, log.head, log.source);
}

void Session::on_event(const proto::Event& event) {
    ++with_.metrics.messages[Metrics::kEvent];
    if (event.kind == proto::EventKind::led) state_->set_led(event.index, event.value);
    keep(RecordKind::event, event.head, event.source);
}

void Session::on_dropped(const proto::Dropped& dropped) {
    ++with_.metrics.messages[Metrics::kDropped];
    with_.metrics.records_lost += dropped.count;
    keep(RecordKind::dropped, dropped.head, {});
}

/// Keeps the message as it came; it becomes JSON when someone reads it.
void Session::keep(RecordKind kind, const proto::StreamHead& head, std::string_view source) {
    state_->uptime_ms = std::max(state_->uptime_ms, head.uptime_ms);
    turn().add_message(kind, app_name(source), head, link_.delivered_body());
}

void Session::record(RecordKind kind, std::string_view app, const json::object& members) {
    turn().add_json(kind, app, json::serialize(members));
    if (!in_turn_) store_turn();
}

void Session::record_session(std::string_view state, std::string_view reason) {
    json::object members{{"state", state},
                         {"epoch", state_->facts.epoch},
                         {"address", channel_.address()},
                         {"cipher", channel_.peer().cipher}};
    if (!reason.empty()) members["reason"] = reason;
    record(RecordKind::session, "", members);
}

RecordBatch& Session::turn() {
    if (turn_.empty()) turn_ = RecordBatch{source_, WallClock::now()};
    return turn_;
}

/// Everything that one read from the connection brought goes to the store as one piece, and is acknowledged as one.
void Session::store_turn() {
    if (turn_.empty()) return;
    RecordBatch batch = std::exchange(turn_, {});
    const std::uint64_t seq = batch.boot() ? batch.last_seq() : 0;
    // Of history alone nothing is promised: when the store is full of what waits for the disk, it is the first to go.
    if (seq == 0) return void(with_.records.append(std::move(batch)));
    const std::uint64_t records = seq - batch.first_seq() + 1;
    const bool queued = with_.records.append(std::move(batch), [who = std::weak_ptr(handle_), seq, records] {
        const Handle self = who.lock();
        if (!self) return;
        (*self)->with_.metrics.records_stored += records;
        (*self)->link_.stored(seq);
        (*self)->pump();
    });
    // Not acknowledged, so the device keeps it all and sends it again in its next session.
    if (!queued) channel_.close("too many records wait for the disk");
}

/// The name of an Application, its uid when it is gone, empty for the firmware.
std::string_view Session::app_name(std::string_view uid) {
    if (uid.empty()) return {};
    std::string& named = sessions_.named_;
    if (uid != sessions_.named_uid_) {
        sessions_.named_uid_ = uid;
        named = with_.view.application_name(sessions_.named_uid_);
        if (named.empty()) named = uid;
    }
    return named;
}

}  // namespace wasmbed::gateway
