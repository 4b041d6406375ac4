// The controller against the real API server, in one process: what the server tests share.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <thread>

#include "host/base/role.hpp"
#include "host/base/time.hpp"
#include "host/kube/client.hpp"
#include "host/pki/atomic_file.hpp"
#include "host/pki/directory.hpp"
#include "services/apiserver/testing/test_apiserver.hpp"
#include "services/controller/controller.hpp"

namespace wasmbed::controller::testing {

/// A controller on a thread of its own, from construction to destruction.
class RunningController {
  public:
    explicit RunningController(ControllerOptions options)
        : stop_(io_), thread_([this, options = std::move(options)] {
              boost::asio::co_spawn(io_, controller_main(io_, stop_, options),
                                    [this](std::exception_ptr, int status) { status_ = status; });
              io_.run();
          }) {}
    ~RunningController() { stop(); }

    /// Ends it in good order; returns its exit status.
    int stop() {
        if (thread_.joinable()) {
            stop_.request();
            thread_.join();
        }
        return status_;
    }

  private:
    IoContext io_;
    StopSignal stop_;
    int status_ = -1;
    std::thread thread_;
};

/// An API server, a PKI, a controller with its own role's credentials, and a client with an administrator's.
class ControllerServerTest : public ::testing::Test {
  protected:
    ControllerServerTest()
        : client_(io_, server_.admin(), "test"),
          pki_(pki::PkiDirectory::open_or_create(std::filesystem::path(server_.directory()) / "controller-pki", {},
                                                 std::chrono::floor<std::chrono::seconds>(WallClock::now()))
                   .value()) {
        std::string path = server_.directory() + "/controller.kubeconfig";
        std::string text = kube::make_kubeconfig(server_.role("system:wasmbed:controller", "wasmbed:controllers"));
        EXPECT_TRUE(pki::write_file_atomic(path, text, 0600).has_value());
        options_ = {path, "wasmbed", pki_.path().string()};
        start_controller();
    }

    void start_controller() { controller_ = std::make_unique<RunningController>(options_); }

    /// Runs one coroutine to its end on the test's own event loop.
    template <class T>
    T await(Task<T> task) {
        auto result = boost::asio::co_spawn(io_, std::move(task), boost::asio::use_future);
        io_.restart();
        io_.run();
        return result.get();
    }

    json::value get(kube::ResourceType type, const std::string& name) {
        return await(client_.get(type, "wasmbed", name)).value_or(json::value());
    }
    json::array list(kube::ResourceType type) {
        auto result = await(client_.list(type, "wasmbed"));
        return result ? result->at("items").as_array() : json::array();
    }
    json::value create(kube::ResourceType type, json::value object) {
        auto result = await(client_.create(type, "wasmbed", std::move(object)));
        EXPECT_TRUE(result.has_value()) << result.error().message;
        return result.value_or(json::value());
    }
    void patch_status(kube::ResourceType type, const std::string& name, json::value status) {
        auto result = await(client_.patch_status(type, "wasmbed", name, json::object{{"status", std::move(status)}}));
        EXPECT_TRUE(result.has_value()) << result.error().message;
    }
    void patch(kube::ResourceType type, const std::string& name, json::value change) {
        auto result = await(client_.patch(type, "wasmbed", name, std::move(change)));
        EXPECT_TRUE(result.has_value()) << result.error().message;
    }

    /// The object as soon as `holds` is true of it (null when there is none); fails the test after 30 s.
    json::value eventually(kube::ResourceType type, const std::string& name,
                           const std::function<bool(const json::value&)>& holds) {
        auto deadline = SteadyClock::now() + std::chrono::seconds(30);
        json::value object;
        while (SteadyClock::now() < deadline) {
            object = get(type, name);
            if (holds(object)) return object;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        ADD_FAILURE() << name << " never became as awaited; it is " << json::serialize(object);
        return object;
    }

    apiserver::TestApiserver server_;
    IoContext io_;
    kube::Client client_;
    pki::PkiDirectory pki_;
    ControllerOptions options_;
    std::unique_ptr<RunningController> controller_;
};

/// Whether the object has a condition of that type and status ("True").
inline bool has_condition(const json::value& object, std::string_view type, std::string_view status,
                          std::string_view reason = {}) {
    const json::array* conditions = json_array(object, {"status", "conditions"});
    if (conditions == nullptr) return false;
    for (const json::value& condition : *conditions) {
        if (json_string(condition, {"type"}) != type || json_string(condition, {"status"}) != status) continue;
        if (reason.empty() || json_string(condition, {"reason"}) == reason) return true;
    }
    return false;
}

}  // namespace wasmbed::controller::testing
