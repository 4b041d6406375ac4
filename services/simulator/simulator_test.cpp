// The simulator against the real API server, controller and gateways.
#include "services/simulator/simulator.hpp"

#include <algorithm>
#include <sstream>

#include "host/base/task_group.hpp"
#include "host/fleet/gateway.hpp"
#include "services/gateway/testing/gateway_fixture.hpp"

namespace wasmbed::simulator {
namespace {

/// (module)
/// (module (func (export "_start")))
const std::string kModule("\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0\7\12\1\6_start\0\0\12\4\1\2\0\x0b", 36);

class SimulatorTest : public gateway::testing::GatewayFixture {
  protected:
    void start_fleet(std::size_t devices) {
        // Which gateways there are is looked up once, when the fleet starts.
        wait_for(kube::kGateways, "default",
                 [](const json::value& object) { return !fleet::gateway_from_json(object).endpoints.empty(); });
        SimulatorOptions options;
        options.devices = devices;
        options.identities = directory_ / "identities";
        options.spread_ms = 0;
        const kube::Kubeconfig admin = server_.admin();
        fleet_ =
            std::make_unique<gateway::testing::RoleThread>([this, options, admin](IoContext& io, StopSignal& stop) {
                return run(io, stop, admin, options, out_, err_);
            });
    }
    void stop_fleet() { fleet_.reset(); }
    void TearDown() override {
        fleet_.reset();
        EXPECT_EQ(err_.str(), "");
        GatewayFixture::TearDown();
    }

    /// Looks until so many Devices satisfy the condition.
    bool wait_for_devices(std::size_t count, const std::function<bool(const json::value&)>& condition) {
        const auto deadline = std::chrono::steady_clock::now() + 3 * gateway::testing::kPatience;
        std::ptrdiff_t found = 0;
        while (std::chrono::steady_clock::now() < deadline) {
            const auto list = admin_->run(admin_->client.list(kube::kDevices, kNamespace));
            if (list) found = std::ranges::count_if(list->at("items").as_array(), condition);
            if (std::size_t(found) == count) return true;
        }
        ADD_FAILURE() << found << " of " << count << " devices";
        return false;
    }

    std::ostringstream out_, err_;
    std::unique_ptr<gateway::testing::RoleThread> fleet_;

  private:
    static Task<int> run(IoContext& io, StopSignal& stop, kube::Kubeconfig admin, SimulatorOptions options,
                         std::ostream& out, std::ostream& err) {
        kube::Client client{io, std::move(admin), "wasmbed-cli"};
        TaskGroup tasks{io};
        tasks.spawn("fleet", keep(run_fleet(client, kNamespace, std::move(options), out, err)));
        co_await stop.wait();
        co_await tasks.stop();
        co_return 0;
    }
    static Task<> keep(Task<int> fleet) { (void)co_await std::move(fleet); }
};

bool runs_an_app(const json::value& device) {
    return json_string(device, {"status", "apps"}) == "1/1";
}

TEST_F(SimulatorTest, devices_enroll_with_their_tokens_and_run_what_they_should) {
    create_application("hello", kModule);
    start_fleet(8);
    ASSERT_TRUE(wait_for_devices(8, runs_an_app));
    const json::value device = this->device("simulated-00000");
    EXPECT_EQ(json_string(device, {"metadata", "labels", "wasmbed.io/simulated"}), "true");
    EXPECT_EQ(json_string(device, {"status", "firmware", "version"}), "fleet-simulator");
    const std::string serial{json_string(device, {"status", "identity", "serial"})};

    // A second run has the identities already.
    stop_fleet();
    ASSERT_TRUE(wait_for_devices(
        0, [](const json::value& object) { return gateway::testing::condition(object, "Connected") == "True"; }));
    start_fleet(8);
    ASSERT_TRUE(wait_for_devices(8, runs_an_app));
    EXPECT_EQ(json_string(this->device("simulated-00000"), {"status", "identity", "serial"}), serial);
}

TEST_F(SimulatorTest, devices_of_a_gateway_that_went_are_served_by_the_other) {
    start_another_gateway("second");
    wait_for(kube::kGateways, "second",
             [](const json::value& object) { return gateway::testing::condition(object, "Ready") == "True"; });
    start_fleet(8);
    const auto connected = [](const json::value& object) {
        return gateway::testing::condition(object, "Connected") == "True";
    };
    ASSERT_TRUE(wait_for_devices(8, connected));
    stop_gateway();
    EXPECT_TRUE(wait_for_devices(8, [&](const json::value& object) {
        return connected(object) && json_string(object, {"status", "session", "gateway"}) == "second";
    }));
}

}  // namespace
}  // namespace wasmbed::simulator
