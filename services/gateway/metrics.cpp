#include "services/gateway/metrics.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "host/base/metrics_text.hpp"

namespace wasmbed::gateway {
namespace {

constexpr std::array<std::string_view, 7> kMessageNames{"hello", "reported", "heartbeat", "log",
                                                        "event", "dropped",  "fetch"};

void counter(std::string& out, std::string_view name, std::uint64_t value, std::string_view help) {
    metric_head(out, name, "counter", help);
    out += fmt::format("{} {}\n", name, value);
}

void gauge(std::string& out, std::string_view name, std::uint64_t value, std::string_view help) {
    metric_head(out, name, "gauge", help);
    out += fmt::format("{} {}\n", name, value);
}

void labelled(std::string& out, std::string_view name, std::string_view label, std::string_view value,
              std::uint64_t count) {
    out += fmt::format("{}{{{}=\"{}\"}} {}\n", name, label, value, count);
}

void write_port(std::string& out, const DevicePortCounters& port) {
    gauge(out, "wasmbed_gateway_connections", port.open, "Connections open on the device port.");
    gauge(out, "wasmbed_gateway_handshakes_pending", port.handshaking, "Of them, in the middle of TLS.");
    counter(out, "wasmbed_gateway_accepted_total", port.accepted, "Connections accepted on the device port.");
    counter(out, "wasmbed_gateway_received_bytes_total", port.received_bytes, "Ciphertext from devices.");
    counter(out, "wasmbed_gateway_sent_bytes_total", port.sent_bytes, "Ciphertext to devices.");
    metric_head(out, "wasmbed_gateway_handshakes_total", "counter", "TLS handshakes that ended, by result.");
    labelled(out, "wasmbed_gateway_handshakes_total", "result", "done", port.handshakes_done);
    labelled(out, "wasmbed_gateway_handshakes_total", "result", "failed", port.handshakes_failed);
}

void write_sessions(std::string& out, const Metrics& metrics, std::size_t sessions) {
    gauge(out, "wasmbed_gateway_sessions", sessions, "Devices connected.");
    counter(out, "wasmbed_gateway_sessions_opened_total", metrics.sessions_opened, "Sessions welcomed.");
    metric_head(out, "wasmbed_gateway_sessions_closed_total", "counter", "Sessions ended, by reason.");
    for (const auto& [reason, count] : metrics.sessions_closed) {
        labelled(out, "wasmbed_gateway_sessions_closed_total", "reason", reason, count);
    }
    metric_head(out, "wasmbed_gateway_messages_total", "counter", "Messages from devices, by type.");
    for (std::size_t kind = 0; kind < kMessageNames.size(); ++kind) {
        labelled(out, "wasmbed_gateway_messages_total", "type", kMessageNames[kind], metrics.messages[kind]);
    }
}

}  // namespace

void DurationHistogram::observe(std::chrono::steady_clock::duration duration) {
    const double seconds = std::chrono::duration<double>(duration).count();
    ++counts_[std::size_t(std::ranges::lower_bound(kBounds, seconds) - kBounds.begin())];
    sum_seconds_ += seconds;
}

void DurationHistogram::write(std::string& out, std::string_view name, std::string_view help) const {
    metric_head(out, name, "histogram", help);
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        total += counts_[i];
        const std::string bound = i < kBounds.size() ? fmt::format("{}", kBounds[i]) : "+Inf";
        out += fmt::format("{}_bucket{{le=\"{}\"}} {}\n", name, bound, total);
    }
    out += fmt::format("{}_sum {}\n{}_count {}\n", name, sum_seconds_, name, total);
}

std::string metrics_text(const Metrics& metrics, const DevicePortCounters& port, std::size_t sessions) {
    std::string out;
    write_port(out, port);
    metrics.handshake.write(out, "wasmbed_gateway_handshake_seconds", "First byte to finished TLS handshake.");
    metrics.take_over.write(out, "wasmbed_gateway_take_over_seconds", "Hello to Welcome.");
    metric_head(out, "wasmbed_gateway_refusals_total", "counter", "Connections and requests turned away, by reason.");
    for (std::size_t i = 0; i < kRefusalKinds; ++i) {
        const auto reason = Refusal(i);
        labelled(out, "wasmbed_gateway_refusals_total", "reason", refusal_name(reason), metrics.refusals.count(reason));
    }
    write_sessions(out, metrics, sessions);
    counter(out, "wasmbed_gateway_records_stored_total", metrics.records_stored, "Records of devices on the disk.");
    counter(out, "wasmbed_gateway_records_lost_total", metrics.records_lost, "Records that devices told they dropped.");
    counter(out, "wasmbed_gateway_status_writes_total", metrics.status_writes, "Writes of Device.status.");
    counter(out, "wasmbed_gateway_blob_bytes_total", metrics.blob_bytes, "Manifest and module bytes for devices.");
    metric_head(out, "wasmbed_gateway_enrollments_total", "counter", "Answers to Enroll, by outcome.");
    labelled(out, "wasmbed_gateway_enrollments_total", "outcome", "issued", metrics.enrollments_issued);
    labelled(out, "wasmbed_gateway_enrollments_total", "outcome", "deferred", metrics.enrollments_deferred);
    labelled(out, "wasmbed_gateway_enrollments_total", "outcome", "refused",
             metrics.refusals.count(Refusal::enrollment));
    process_metrics(out);
    return out;
}

}  // namespace wasmbed::gateway
