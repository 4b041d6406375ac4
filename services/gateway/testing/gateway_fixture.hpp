// A gateway on the real API server beside the real controller, each on a thread of its own.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <filesystem>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "host/base/role.hpp"
#include "host/kube/client.hpp"
#include "services/apiserver/testing/test_apiserver.hpp"
#include "services/gateway/gateway_role.hpp"
#include "services/gateway/testing/device_client.hpp"

namespace wasmbed::gateway::testing {

/// A coroutine role on a thread: starts in the constructor, stops in the destructor.
class RoleThread {
  public:
    using Main = std::function<Task<int>(IoContext&, StopSignal&)>;
    explicit RoleThread(Main main);
    ~RoleThread();

  private:
    IoContext io_{1};
    StopSignal stop_{io_};
    Main main_;
    std::thread thread_;
};

/// Calls coroutines from a test, one at a time.
class BlockingClient {
  public:
    explicit BlockingClient(kube::Kubeconfig config) : client(io_, std::move(config), "gateway-test") {}

    template <class T>
    T run(Task<T> task) {
        std::optional<T> result;
        boost::asio::co_spawn(io_, std::move(task), [&](const std::exception_ptr& error, T value) {
            if (error) std::rethrow_exception(error);
            result.emplace(std::move(value));
        });
        io_.restart();
        io_.run();
        return std::move(*result);
    }
    IoContext& io() { return io_; }

  private:
    IoContext io_{1};

  public:
    kube::Client client;
};

class GatewayFixture : public ::testing::Test {
  protected:
    static constexpr const char* kNamespace = "wasmbed";

    void SetUp() override;
    void TearDown() override;

    void start_gateway(const std::string& name = "default");
    void stop_gateway() { gateway_.reset(); }
    /// Starts one more beside the first; gives its device port. It lives until the test ends.
    std::uint16_t start_another_gateway(const std::string& name);

    json::value device(const std::string& name);
    json::value get(kube::ResourceType type, const std::string& name);
    void create_device(const std::string& name);
    void create_application(const std::string& name, const std::string& module);
    void patch(kube::ResourceType type, const std::string& name, json::value patch);
    /// Looks again and again until the object satisfies `condition`; the object, whatever it is, when time is up.
    json::value wait_for(kube::ResourceType type, const std::string& name,
                         const std::function<bool(const json::value&)>& condition);

    /// What the emulator would put into the factory partition of this Device.
    Provisioning provisioning(const std::string& device);
    /// A device that has enrolled with its token.
    std::unique_ptr<DeviceClient> enrolled(const std::string& device);

    /// GET on the gateway's HTTPS API: status and body.
    std::pair<int, std::string> api(const std::string& target, const kube::Kubeconfig& who);

    /// Follows a stream of the HTTPS API until `text` has come or time is up; what came.
    std::string follow(const std::string& target, const std::string& text, const std::function<void()>& meanwhile);

    apiserver::TestApiserver server_;
    std::filesystem::path directory_{server_.directory()};
    std::string service_roots_;
    std::unique_ptr<BlockingClient> admin_;
    std::unique_ptr<RoleThread> controller_;
    std::unique_ptr<RoleThread> gateway_;
    std::vector<std::unique_ptr<RoleThread>> more_gateways_;
    std::uint16_t device_port_ = 0, api_port_ = 0;
};

/// Conditions[type].status of an object.
std::string condition(const json::value& object, std::string_view type);

}  // namespace wasmbed::gateway::testing
