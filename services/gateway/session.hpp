// One device's session: the link's state machine on one side, the API server's objects on the other.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/link/gateway_session.hpp"
#include "services/gateway/sessions.hpp"

namespace wasmbed::gateway {

/// Now, as core/link counts time.
Instant link_now();

class Session final : public DeviceHandler, private link::GatewayEvents {
  public:
    Session(Sessions& sessions, DeviceChannel& channel);

    // From the device port.
    void received(Bytes plaintext) override;
    void deadline() override;
    void writable() override { pump(); }
    void closed(std::string_view reason) override;

    // From Sessions.
    const kube::ObjectKey& device() const { return device_; }
    /// The Device object changed or went: the session may have to end.
    void check_device();
    /// What the device was last told to have: `{generation, apps: [{name, uid, manifestSha256, run}]}`.
    json::object desired_json() const;
    /// Sends Desired again if it differs from what was sent.
    void refresh_desired();
    /// Ends the session because this gateway drains.
    void send_away() { channel_.close("the gateway drains"); }
    /// Ends the session in favour of another one, whose epoch is higher.
    void superseded(std::string_view reason);

  private:
    /// An app of the desired state, as last sent.
    struct DesiredItem {
        std::string uid;
        Digest manifest{};
        bool run = false;
        std::string revision;  ///< where its blobs are; empty when the device has them already
        Digest module{};

        bool operator==(const DesiredItem&) const = default;
    };
    /// Valid while the session is; tasks hold it weakly across their waits.
    using Handle = std::shared_ptr<Session*>;

    // link::GatewayEvents
    void on_hello(const proto::Hello& hello) override;
    void on_reported(const proto::Reported& reported) override;
    void on_heartbeat(const proto::Heartbeat& heartbeat) override;
    void on_log(const proto::Log& log) override;
    void on_event(const proto::Event& event) override;
    void on_dropped(const proto::Dropped& dropped) override;
    proto::Desired desired() override;
    link::Blob blob(const Digest& digest) override;
    void on_served(const Digest& digest, std::uint64_t offset, std::size_t bytes, std::uint64_t total) override;
    std::uint64_t wall_time_ms() override;
    void on_renew(const proto::Renew& renew) override;
    proto::Renewed renewed() override;

    static Task<> take_over(Sessions& sessions, std::weak_ptr<Session*> who, TlsPeer peer, SessionFacts facts);
    static std::optional<std::string> catch_up(const FleetView& view, const TlsPeer& peer, const SessionFacts& facts,
                                               kube::ObjectPtr& object);
    void refuse(std::string_view reason);
    /// A new certificate that the device asked for.
    struct Renewal {
        std::string public_key_sha256;
        std::vector<std::vector<std::uint8_t>> chain;  ///< DER, once it is issued
        std::vector<Bytes> views;
    };
    static Task<> announce_renewal(Sessions& sessions, std::weak_ptr<Session*> who, kube::ObjectPtr device,
                                   EnrollRequest request);
    void check_renewal(const fleet::Device& device);
    void end_renewal(proto::ErrorCode code, std::string_view reason);
    void welcome(const kube::ObjectPtr& object, const SessionFacts& facts, std::uint64_t stored_seq);

    void pump();
    void pump_later();
    std::vector<DesiredItem> items_for(const fleet::Device& device) const;
    bool plan_from(const fleet::Device& device);
    const DesiredItem* item_with(const Digest& digest) const;
    std::string_view app_name(std::string_view uid);

    void begin_state(const SessionFacts& facts);
    void keep(RecordKind kind, const proto::StreamHead& head, std::string_view source);
    void record(RecordKind kind, std::string_view app, const json::object& members);
    void record_session(std::string_view state, std::string_view reason = {});
    RecordBatch& turn();
    void store_turn();

    Sessions& sessions_;
    Sessions::Dependencies& with_;
    DeviceChannel& channel_;
    Handle handle_;
    link::GatewaySession link_;
    kube::ObjectKey device_;
    DeviceStatePtr state_;  ///< from welcome on, as `source_`
    RecordSourcePtr source_;
    RecordBatch turn_;  ///< records of the bytes that are being handled
    bool in_turn_ = false;
    SteadyClock::time_point hello_at_;
    bool registered_ = false;
    bool superseded_ = false;
    bool pump_scheduled_ = false;
    std::size_t record_limit_ = kRecordBytesBeforeHello;
    std::uint64_t generation_ = 0;
    std::vector<DesiredItem> planned_;
    std::unique_ptr<Renewal> renewal_;  ///< under way
    std::size_t gateways_hash_ = 0;     ///< of the gateways in Desired
    BlobPtr serving_;
};

}  // namespace wasmbed::gateway
