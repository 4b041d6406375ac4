// A device as the gateway sees one: the real link state machines over a real TLS connection, told by a test what to do.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/link/device_session.hpp"
#include "core/link/enroll.hpp"
#include "host/pki/key.hpp"
#include "services/gateway/testing/tls_socket.hpp"

namespace wasmbed::gateway::testing {

/// An answer to Enroll, owned.
struct EnrollAnswer {
    proto::EnrollOutcome outcome{};
    std::string chain_pem;  ///< leaf first
    std::string uid;
    std::string reason;
    std::optional<std::uint32_t> retry_seconds;
};

/// What a device is provisioned with.
struct Provisioning {
    std::string name;  ///< "namespace/name", or empty
    std::string token_id;
    std::vector<std::uint8_t> token;
    std::string board = "sim";
};

/// One enrollment connection.
class EnrollClient final : private link::EnrollDevice::Events {
  public:
    /// `roots_pem`: the service CA.
    EnrollClient(std::uint16_t port, const std::string& roots_pem, const pki::PrivateKey& key,
                 const Provisioning& provisioning);

    /// Waits for the next answer; none when the connection ends or time is up.
    std::optional<EnrollAnswer> next();

  private:
    void on_enrolled(const proto::Enrolled& enrolled) override;
    void flush();

    Provisioning provisioning_;
    std::vector<std::uint8_t> csr_;
    std::array<std::uint8_t, 8> hardware_id_{1, 2, 3, 4, 5, 6, 7, 8};
    proto::Enroll request_;
    std::array<std::uint8_t, 8192> receive_;
    std::array<std::uint8_t, 2048> send_;
    TlsSocket socket_;
    std::unique_ptr<link::EnrollDevice> link_;
    std::vector<EnrollAnswer> answers_;
};

/// One device with its identity; connects as often as the test says.
class DeviceClient final : private link::DeviceEvents {
  public:
    explicit DeviceClient(TlsClientOptions credentials);
    const TlsClientOptions& credentials() const { return tls_; }

    /// TLS and Hello; Welcome is awaited with `run_until`.
    void connect(std::uint16_t port);
    void disconnect();
    bool connected() const { return socket_ != nullptr && !socket_->closed() && !socket_->tls().closed_by_server(); }

    /// Serves the session until `done` or time is up; gives `done()`.
    bool run_until(const std::function<bool()>& done, std::chrono::milliseconds limit = kPatience);

    bool welcomed() const { return link_.welcomed(); }
    std::uint64_t epoch() const { return epoch_; }
    std::uint32_t heartbeat_seconds() const { return heartbeat_seconds_; }

    struct App {
        std::string uid;
        Digest manifest{};
        bool run = false;
    };
    /// The last Desired, and how many came in this connection.
    const std::vector<App>& desired() const { return desired_; }
    std::uint64_t generation() const { return generation_; }
    const std::vector<std::string>& gateways() const { return gateways_; }
    /// Asks for a certificate for this CSR; the chain as PEM, empty when it was refused.
    std::string renew(std::vector<std::uint8_t> csr);

    /// What the device reports from now on.
    void report(std::vector<proto::ReportedApp> apps);
    /// Pulls a blob: its bytes, or none when the gateway does not give it.
    std::optional<std::vector<std::uint8_t>> fetch(const Digest& digest);

    link::DeviceSession& link() { return link_; }
    static Instant now();

  private:
    void on_welcome(const proto::Welcome& welcome) override;
    void on_desired(const proto::Desired& desired) override;
    proto::Reported reported() override { return {generation_, std::span<const proto::ReportedApp>(reported_)}; }
    void on_chunk(const Digest& digest, std::uint64_t offset, std::uint64_t total, Bytes data) override;
    void on_fetched(const Digest&, std::uint64_t) override { fetched_ = true; }
    void on_fetch_failed(const Digest&, link::FetchFailure) override { fetch_failed_ = true; }
    proto::Renew renewal() override { return {.csr = csr_}; }
    void on_renewed(const proto::Renewed& renewed) override;
    void on_renewal_refused(proto::ErrorCode, std::string_view) override { renewal_over_ = true; }
    proto::Hello hello() const;
    void flush();

    TlsClientOptions tls_;
    proto::BootId boot_id_{9, 9, 9, 9, 9, 9, 9, 9};
    std::vector<std::uint8_t> receive_, send_, stream_;
    std::array<std::string_view, 2> features_{"wasm", "led"};
    link::DeviceSession link_;
    std::unique_ptr<TlsSocket> socket_;
    std::uint64_t epoch_ = 0, generation_ = 0;
    std::uint32_t heartbeat_seconds_ = 0;
    std::vector<App> desired_;
    std::vector<proto::ReportedApp> reported_;
    std::vector<std::uint8_t> blob_;
    std::vector<std::string> gateways_;
    std::vector<std::uint8_t> csr_;
    std::string renewed_;
    bool renewal_over_ = false;
    bool fetched_ = false, fetch_failed_ = false;
};

}  // namespace wasmbed::gateway::testing
