#include "services/gateway/testing/device_client.hpp"

#include "host/pki/csr.hpp"

namespace wasmbed::gateway::testing {

EnrollClient::EnrollClient(std::uint16_t port, const std::string& roots_pem, const pki::PrivateKey& key,
                           const Provisioning& provisioning)
    : provisioning_(provisioning),
      csr_(pki::make_csr(key, "anything").value()),
      request_{.name = provisioning_.name,
               .hardware_id = hardware_id_,
               .token_id = provisioning_.token_id,
               .token = provisioning_.token,
               .csr = csr_,
               .board = provisioning_.board},
      socket_(port, {.alpn = "wasmbed-enroll/1", .roots_pem = roots_pem}) {
    if (!socket_.handshake()) throw std::runtime_error("enrollment: no TLS: " + socket_.tls().error());
    link::EnrollDevice::Events& events = *this;
    link_ = std::make_unique<link::EnrollDevice>(DeviceClient::now(), request_, receive_, send_, events);
    flush();
}

std::optional<EnrollAnswer> EnrollClient::next() {
    socket_.run_until([this] {
        const auto plaintext = socket_.tls().take_plaintext();
        link_->on_bytes(DeviceClient::now(), plaintext);
        flush();
        return !answers_.empty() || link_->closed() != link::CloseReason::none;
    });
    if (answers_.empty()) return std::nullopt;
    EnrollAnswer answer = answers_.front();
    answers_.erase(answers_.begin());
    return answer;
}

void EnrollClient::on_enrolled(const proto::Enrolled& enrolled) {
    EnrollAnswer answer{.outcome = enrolled.outcome,
                        .chain_pem = "",
                        .uid = std::string(enrolled.uid),
                        .reason = std::string(enrolled.reason),
                        .retry_seconds = enrolled.retry_seconds};
    for (const Bytes der : enrolled.chain) answer.chain_pem += pki::Certificate::from_der(der)->to_pem();
    answers_.push_back(std::move(answer));
}

void EnrollClient::flush() {
    for (;;) {
        const Bytes output = link_->poll_output(DeviceClient::now());
        if (output.empty()) return;
        socket_.send(output);
        link_->consumed(output.size());
    }
}

DeviceClient::DeviceClient(TlsClientOptions credentials)
    : tls_(std::move(credentials)),
      receive_(16384),
      send_(8192),
      stream_(16384),
      link_(hello(), {receive_, send_, stream_}, *this) {}

proto::Hello DeviceClient::hello() const {
    return {.protocol = proto::kProtocolVersion,
            .boot_id = boot_id_,
            .firmware = "1.2.3",
            .engine_build = "test",
            .frame_max = std::uint32_t(receive_.size()),
            .record_max = 4096,
            .capacity = {.app_ram_bytes = 65536,
                         .store_bytes = 1 << 20,
                         .features = features_,
                         .apps_max = 8,
                         .module_bytes_max = 131072},
            .board = "sim",
            .reset_reason = "power-on",
            .uptime_ms = 0};
}

Instant DeviceClient::now() {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return {std::uint64_t(std::chrono::duration_cast<std::chrono::milliseconds>(since).count())};
}

void DeviceClient::connect(std::uint16_t port) {
    socket_ = std::make_unique<TlsSocket>(port, tls_);
    if (!socket_->handshake()) throw std::runtime_error("no TLS: " + socket_->tls().error());
    link_.connected(now());
    flush();
}

void DeviceClient::disconnect() {
    socket_.reset();
    link_.disconnected();
}

bool DeviceClient::run_until(const std::function<bool()>& done, std::chrono::milliseconds limit) {
    return socket_->run_until(
        [&] {
            const auto plaintext = socket_->tls().take_plaintext();
            link_.on_bytes(now(), plaintext);
            link_.on_time(now());
            flush();
            return done();
        },
        limit);
}

void DeviceClient::flush() {
    for (;;) {
        const Bytes output = link_.poll_output(now());
        if (output.empty()) return;
        socket_->send(output);
        link_.consumed(output.size());
    }
}

void DeviceClient::report(std::vector<proto::ReportedApp> apps) {
    reported_ = std::move(apps);
    link_.report_changed();
    flush();
}

std::optional<std::vector<std::uint8_t>> DeviceClient::fetch(const Digest& digest) {
    blob_.clear();
    fetched_ = fetch_failed_ = false;
    link_.fetch(digest, 0, 1 << 20);
    flush();
    run_until([this] { return fetched_ || fetch_failed_; });
    return fetched_ ? std::optional(blob_) : std::nullopt;
}

std::string DeviceClient::renew(std::vector<std::uint8_t> csr) {
    csr_ = std::move(csr);
    renewed_.clear();
    renewal_over_ = false;
    link_.renew();
    flush();
    run_until([this] { return renewal_over_; });
    return renewed_;
}

void DeviceClient::on_renewed(const proto::Renewed& renewed) {
    for (const Bytes der : renewed.chain) renewed_ += pki::Certificate::from_der(der)->to_pem();
    renewal_over_ = true;
}

void DeviceClient::on_welcome(const proto::Welcome& welcome) {
    epoch_ = welcome.epoch;
    heartbeat_seconds_ = welcome.heartbeat_seconds;
}

void DeviceClient::on_desired(const proto::Desired& desired) {
    generation_ = desired.generation;
    gateways_.clear();
    for (const std::string_view gateway : desired.gateways) gateways_.emplace_back(gateway);
    desired_.clear();
    for (const proto::DesiredApp& app : desired.apps) desired_.push_back({std::string(app.app), app.manifest, app.run});
    link_.report_changed();
}

void DeviceClient::on_chunk(const Digest&, std::uint64_t, std::uint64_t, Bytes data) {
    blob_.insert(blob_.end(), data.begin(), data.end());
}

}  // namespace wasmbed::gateway::testing
