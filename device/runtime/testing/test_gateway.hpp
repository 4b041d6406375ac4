// A gateway behind a hal::Stream, in memory: OpenSSL's TLS 1.3, the link's own gateway session, certificates and
// manifests really signed.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/link/enroll.hpp"
#include "core/link/gateway_session.hpp"
#include "core/proto/manifest.hpp"
#include "core/proto/provision.hpp"
#include "device/runtime/crypto/psa_crypto.hpp"
#include "device/runtime/transport/testing/openssl_peer.hpp"

namespace wasmbed::testing {

using Blobs = std::map<Digest, std::vector<std::uint8_t>>;

/// Heap memory for frames.
class HeapFrameMemory final : public proto::FrameMemory {
  public:
    MutableBytes acquire(std::size_t bytes) override { return {new std::uint8_t[bytes], bytes}; }
    void release(MutableBytes memory) override { delete[] memory.data(); }
};

/// What the device said of one app, with memory of its own.
struct AppReport {
    Digest manifest{};
    proto::AppState state{};
    proto::AppReason reason{};
    std::string detail;
    std::uint32_t restarts = 0;
    std::optional<std::int64_t> exit_code;
    std::optional<std::uint32_t> trap_function;
    std::optional<std::uint32_t> trap_offset;
    std::optional<std::uint32_t> rule;
};

/// An app as a test wishes it.
struct AppSpec {
    std::string uid = "app-1";
    std::string name = "app";
    std::vector<std::uint8_t> module;
    std::vector<std::string_view> permissions;
    proto::Restart restart{proto::RestartPolicy::never, 0, 1000};
    std::uint64_t sequence = 1;
    std::string_view namespace_name = "ns";
    proto::Limits limits;
    std::vector<std::string_view> args;
    std::vector<proto::EnvEntry> env;
};

class TestGateway final : public hal::Stream, private link::GatewayEvents, private link::EnrollGateway::Events {
  public:
    static constexpr char kUid[] = "11111111-2222-3333-4444-555555555555";

    TestGateway();
    ~TestGateway();

    /// Factory partition of a device that trusts this gateway and its manifest key.
    std::vector<std::uint8_t> provision(const std::string& uid = kUid) const;
    /// Moves bytes; call it after each turn of the device.
    void step(Instant now);
    /// Refuses connections (and drops the present one), or takes them again.
    void set_reachable(bool reachable);
    void drop_connection();
    /// Expects an enrollment next.
    void forget_device() { enrolled_ = false; }
    /// What Enrolled says is the Device's uid; the certificate's stays as it is.
    void name_device(std::string uid) { named_uid_ = std::move(uid); }

    /// Signs a manifest for the app, offers it and the module, and wants it from now on. Returns the manifest's digest.
    Digest want(const AppSpec& spec, bool run = true);
    void want_nothing();
    /// As `want`, with bit 0 of one byte of the signed manifest changed, and under the digest that it has then: only
    /// the signature can tell. Returns false when the manifest has no such byte.
    bool want_forged_manifest(const AppSpec& spec, std::size_t position);
    /// What is offered under this digest has bit 0 of one byte changed. Returns false when it has no such byte.
    bool forge_blob(const Digest& digest, std::size_t position);
    /// The module is offered with one byte changed.
    void forge_module(const std::vector<std::uint8_t>& module);
    /// The module is not there, or there again.
    void hide_module(const std::vector<std::uint8_t>& module, bool hidden);
    /// Manifests are signed by a key that the device does not know from now on.
    void use_wrong_key();

    std::map<std::string, AppReport> apps;      ///< of the last Reported
    std::vector<AppReport> history;             ///< every report of every app, in order
    std::vector<std::string> logs;              ///< "source: text"
    std::vector<std::string> security_events;   ///< texts
    std::vector<std::int64_t> led_events;       ///< values of LED 0
    std::uint64_t wall_ms = 1'700'000'000'000;  ///< what its clock shows; stands still
    int enrollments = 0;
    int renewals = 0;
    /// How Renew is answered.
    enum class Renewing { issues, issues_for_another_key, is_busy, refuses };
    Renewing renewing = Renewing::issues;
    int sessions = 0;
    std::uint64_t app_ram_bytes = 0;  ///< of the last Hello
    int fetched_blobs = 0;
    Bytes enrolled_key() const { return enrolled_key_; }  ///< SubjectPublicKeyInfo of the last CSR

  private:
    Result<void, hal::StreamError> do_connect(std::string_view address) override;
    hal::StreamState do_state() const override { return peer_ ? peer_->state() : hal::StreamState::Closed; }
    hal::StreamError do_error() const override { return hal::StreamError::None; }
    Result<std::size_t, hal::StreamError> do_read(MutableBytes out) override { return peer_->read(out); }
    Result<std::size_t, hal::StreamError> do_write(Bytes data) override { return peer_->write(data); }
    void do_close() override;

    void on_hello(const proto::Hello& hello) override;
    void on_reported(const proto::Reported& reported) override;
    void on_heartbeat(const proto::Heartbeat&) override {}
    void on_log(const proto::Log& log) override;
    void on_event(const proto::Event& event) override;
    void on_dropped(const proto::Dropped&) override {}
    proto::Desired desired() override;
    link::Blob blob(const Digest& digest) override;
    void on_served(const Digest&, std::uint64_t, std::size_t, std::uint64_t) override;
    std::uint64_t wall_time_ms() override { return wall_ms; }
    void on_enroll(const proto::Enroll& enroll) override;
    void on_renew(const proto::Renew& renew) override;
    proto::Renewed renewed() override { return {std::span<const Bytes>{&issued_view_, 1}}; }
    void issue(Bytes csr);

    Digest add_blob(Bytes content);
    std::vector<std::uint8_t> sign(Bytes manifest) const;
    /// The signed manifest; offers the module.
    std::vector<std::uint8_t> signed_manifest(const AppSpec& spec);
    void want_manifest(const std::string& uid, const Digest& manifest, bool run);

    transport::TestIdentity service_ca_{"service CA", nullptr, ""};
    transport::TestIdentity device_ca_{"device CA", nullptr, ""};
    transport::TestIdentity identity_{"gateway", &service_ca_, "URI:wasmbed:gateway:ns/gw"};
    transport::TestIdentity signer_{"signer", nullptr, ""};
    transport::TestIdentity other_signer_{"other", nullptr, ""};
    const transport::TestIdentity* present_signer_ = &signer_;
    bool reachable_ = true;
    bool enrolled_ = false;
    std::string named_uid_ = kUid;
    Instant now_{0};
    HeapFrameMemory memory_;
    std::unique_ptr<transport::OpensslPeer> peer_;
    std::unique_ptr<link::GatewaySession> session_;
    std::unique_ptr<link::EnrollGateway> enrollment_;
    std::size_t heard_ = 0;
    std::uint64_t generation_ = 1;
    std::map<std::string, proto::DesiredApp> wanted_;
    std::vector<proto::DesiredApp> desired_list_;
    Blobs blobs_;
    crypto::PsaCrypto crypto_;
    std::vector<std::uint8_t> enrolled_key_;
    std::vector<std::uint8_t> issued_;
    std::vector<std::uint8_t> other_issued_;
    Bytes issued_view_;
};

}  // namespace wasmbed::testing
