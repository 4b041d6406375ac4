// Renew: a new certificate over a session.
#include <gtest/gtest.h>

#include "core/link/testing.hpp"

namespace wasmbed::link {
namespace {

/// A device and a gateway that renew; what they do otherwise is as in the other tests.
class Renewing final : public DeviceEvents, public GatewayEvents {
  public:
    explicit Renewing(std::uint32_t frame_max = 1024)
        : receive_(frame_max),
          send_(2048),
          stream_(512),
          device(TestDevice::hello(frame_max), {.receive = receive_, .send = send_, .stream = stream_}, *this) {}

    void connect() {
        gateway.emplace(now, memory, static_cast<GatewayEvents&>(*this));
        device.connected(now);
        run();
    }
    void run() {
        for (bool moved = true; moved;) {
            moved = move(device, *gateway);
            moved = move(*gateway, device) || moved;
        }
    }

    void on_welcome(const proto::Welcome&) override {}
    void on_desired(const proto::Desired&) override {}
    proto::Reported reported() override { return {}; }
    void on_chunk(const Digest&, std::uint64_t, std::uint64_t, Bytes) override {}
    void on_fetched(const Digest&, std::uint64_t) override {}
    void on_fetch_failed(const Digest&, FetchFailure) override {}
    proto::Renew renewal() override { return {.csr = csr}; }
    void on_renewed(const proto::Renewed& renewed) override {
        for (const Bytes der : renewed.chain) chain.emplace_back(der.begin(), der.end());
    }
    void on_renewal_refused(proto::ErrorCode code, std::string_view) override { refusal = code; }

    void on_hello(const proto::Hello&) override { gateway->welcome(now, {.epoch = 1, .heartbeat_seconds = 30}, 0); }
    void on_reported(const proto::Reported&) override {}
    void on_heartbeat(const proto::Heartbeat&) override {}
    void on_log(const proto::Log&) override {}
    void on_event(const proto::Event&) override {}
    void on_dropped(const proto::Dropped&) override {}
    proto::Desired desired() override { return {.generation = 1}; }
    Blob blob(const Digest&) override { return {}; }
    void on_served(const Digest&, std::uint64_t, std::size_t, std::uint64_t) override {}
    std::uint64_t wall_time_ms() override { return 0; }
    void on_renew(const proto::Renew& renew) override { asked.emplace_back(renew.csr.begin(), renew.csr.end()); }
    proto::Renewed renewed() override { return {.chain = std::span<const Bytes>(issued)}; }

    Instant now{1000};
    HeapMemory memory;
    std::vector<std::uint8_t> csr{1, 2, 3};
    std::vector<Bytes> issued;
    std::vector<std::vector<std::uint8_t>> asked, chain;
    std::optional<proto::ErrorCode> refusal;

  private:
    bool move(Connection& from, Connection& to) {
        const Bytes output = from.poll_output(now);
        const std::vector<std::uint8_t> copy(output.begin(), output.end());
        from.consumed(copy.size());
        to.on_bytes(now, copy);
        return !copy.empty();
    }

    std::vector<std::uint8_t> receive_, send_, stream_;

  public:
    std::optional<GatewaySession> gateway;
    DeviceSession device;
};

TEST(Renew, brings_the_new_chain_when_the_gateway_has_it) {
    Renewing pair;
    pair.connect();
    pair.device.renew();
    pair.device.renew();
    pair.run();
    ASSERT_EQ(pair.asked.size(), 1U);
    EXPECT_EQ(pair.asked[0], pair.csr);
    EXPECT_TRUE(pair.chain.empty());

    const std::vector<std::uint8_t> leaf(500, 7), ca(300, 8);
    pair.issued = {leaf, ca};
    pair.gateway->certificate_ready();
    pair.run();
    EXPECT_EQ(pair.chain, (std::vector<std::vector<std::uint8_t>>{leaf, ca}));
    EXPECT_EQ(pair.gateway->closed(), CloseReason::none);
    EXPECT_EQ(pair.device.closed(), CloseReason::none);
    pair.device.renew();
    pair.run();
    EXPECT_EQ(pair.asked.size(), 2U) << "a device may renew again";
}

TEST(Renew, a_refusal_leaves_the_session_as_it_is) {
    Renewing pair;
    pair.connect();
    pair.device.renew();
    pair.run();
    pair.gateway->refuse_renewal(proto::ErrorCode::refused, "no");
    pair.run();
    EXPECT_EQ(pair.refusal, proto::ErrorCode::refused);
    EXPECT_EQ(pair.gateway->closed(), CloseReason::none);
    EXPECT_EQ(pair.device.closed(), CloseReason::none);
}

TEST(Renew, a_chain_that_the_device_cannot_take_is_refused) {
    Renewing pair{512};
    pair.connect();
    pair.device.renew();
    pair.run();
    const std::vector<std::uint8_t> leaf(600, 7);
    pair.issued = {leaf};
    pair.gateway->certificate_ready();
    pair.run();
    EXPECT_EQ(pair.refusal, proto::ErrorCode::too_large);
    EXPECT_EQ(pair.gateway->closed(), CloseReason::none);
}

TEST(Renew, a_chain_that_was_not_asked_for_ends_the_session) {
    Renewing pair;
    pair.connect();
    const std::vector<std::uint8_t> leaf(10, 7);
    const std::array<Bytes, 1> chain{Bytes(leaf)};
    pair.device.on_bytes(pair.now, wire_bytes(proto::Renewed{.chain = std::span<const Bytes>(chain)}));
    EXPECT_EQ(pair.device.closed(), CloseReason::not_expected);
}

TEST(Renew, is_asked_for_anew_after_a_reconnect) {
    Renewing pair;
    pair.connect();
    pair.device.renew();
    pair.run();
    pair.device.disconnected();
    pair.connect();
    EXPECT_EQ(pair.asked.size(), 1U);
    pair.device.renew();
    pair.run();
    EXPECT_EQ(pair.asked.size(), 2U);
}

}  // namespace
}  // namespace wasmbed::link
