// The object commands against the real API server.
#include <gtest/gtest.h>

#include "host/cli/apply.hpp"
#include "host/cli/device_commands.hpp"
#include "host/cli/get.hpp"
#include "host/cli/testing/command_test.hpp"

namespace wasmbed::cli {
namespace {

constexpr char kDevice[] =
    "apiVersion: wasmbed.io/v1alpha1\nkind: Device\nmetadata: {name: board-1}\nspec: {board: sim}\n";

class Commands : public CommandTest {
  protected:
    int run(const Command& command) { return run_as(server_.admin(), command); }
    int apply_text(const std::string& text) {
        return run([text](Context& context) { return apply(context, *read_objects({"-"}, text)); });
    }
};

TEST_F(Commands, apply_creates_configures_and_leaves_alone) {
    apply_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: wasmbed}\n");
    EXPECT_EQ(apply_text(kDevice), 0) << err_.str();
    EXPECT_EQ(out_.str(), "device.wasmbed.io/board-1 created\n");
    EXPECT_EQ(apply_text(kDevice), 0);
    EXPECT_EQ(out_.str(), "device.wasmbed.io/board-1 unchanged\n");
    EXPECT_EQ(apply_text(std::string(kDevice) + "  \n---\n" +
                         "apiVersion: wasmbed.io/v1alpha1\nkind: Device\nmetadata: {name: board-1}\n"
                         "spec: {board: sim, suspended: true}\n"),
              0);
    EXPECT_EQ(out_.str(), "device.wasmbed.io/board-1 unchanged\ndevice.wasmbed.io/board-1 configured\n");

    EXPECT_EQ(run([](Context& context) { return get(context, {.words = {"dev"}}); }), 0) << err_.str();
    EXPECT_TRUE(out_.str().starts_with("NAME      READY")) << out_.str();
    EXPECT_NE(out_.str().find("\nboard-1   "), std::string::npos) << out_.str();
    EXPECT_EQ(run([](Context& context) { return get(context, {.words = {"device/board-1"}, .output = "name"}); }), 0);
    EXPECT_EQ(out_.str(), "device.wasmbed.io/board-1\n");

    EXPECT_EQ(run([](Context& context) { return decide_device(context, "board-1", "Approved"); }), 0) << err_.str();
    EXPECT_EQ(run([](Context& context) { return describe(context, {"dev", "board-1"}); }), 0);
    EXPECT_NE(out_.str().find("approval: Approved"), std::string::npos) << out_.str();

    const std::string key(64, 'a');
    EXPECT_EQ(run([&key](Context& context) -> Task<int> {
                  json::value status{
                      {"status",
                       {{"enrollment",
                         {{"csr", "AA=="}, {"publicKeySha256", key}, {"requestedAt", "2026-01-01T00:00:00Z"}}}}}};
                  auto asked = co_await context.client.patch_status(kube::kDevices, "wasmbed", "board-1", status);
                  EXPECT_TRUE(asked) << asked.error().message;
                  co_return co_await decide_device(context, "board-1", "Approved");
              }),
              0)
        << err_.str();
    EXPECT_EQ(run([](Context& context) { return describe(context, {"dev", "board-1"}); }), 0);
    EXPECT_NE(out_.str().find("publicKey: " + key), std::string::npos) << out_.str();

    EXPECT_EQ(run([](Context& context) { return remove_named(context, {"dev", "board-1"}); }), 0) << err_.str();
    EXPECT_EQ(out_.str(), "device.wasmbed.io \"board-1\" deleted\n");
}

TEST_F(Commands, errors_name_what_is_wrong) {
    EXPECT_EQ(run([](Context& context) { return get(context, {.words = {"dev", "none"}}); }), 1);
    EXPECT_EQ(err_.str(), "Error from server (NotFound): devices.wasmbed.io \"none\" not found\n");
    EXPECT_EQ(run([](Context& context) { return get(context, {.words = {"pods"}}); }), 1);
    EXPECT_EQ(run([](Context& context) { return switch_device(context, "none", "on"); }), 1);
    EXPECT_EQ(err_.str(), "error: devices.wasmbed.io \"none\" not found\n");
    json::value misspelled{{"apiVersion", "wasmbed.io/v1alpha1"},
                           {"kind", "Device"},
                           {"metadata", {{"name", "board-2"}}},
                           {"spec", {{"board", "sim"}, {"emulatoin", {{"enabled", true}}}}}};
    EXPECT_EQ(run([&](Context& context) { return apply(context, {misspelled}); }), 1);
    EXPECT_NE(err_.str().find("unknown field \"spec.emulatoin\""), std::string::npos) << err_.str();
    EXPECT_EQ(run([](Context& context) { return logs(context, {}); }), 1);
    EXPECT_EQ(err_.str(), "error: no Gateway says where its API is (status.api): is a gateway running?\n");
}

TEST_F(Commands, server_that_is_down_is_reported) {
    server_.stop();
    EXPECT_EQ(run([](Context& context) { return get(context, {.words = {"dev"}}); }), 1);
    EXPECT_TRUE(err_.str().starts_with("Unable to connect to the server: ")) << err_.str();
}

}  // namespace
}  // namespace wasmbed::cli
