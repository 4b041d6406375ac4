#include "host/fleet/device.hpp"

#include <gtest/gtest.h>

namespace wasmbed::fleet {
namespace {

TEST(Device, reads_every_field) {
    Device device = device_from_json(parse_json(R"({
        "metadata": {"namespace": "n", "name": "d", "uid": "u", "generation": 4, "resourceVersion": "9", "labels": {"a": "1"}},
        "spec": {"board": "mps2-an385", "approval": "Approved", "publicKey": "ff", "gateway": "g", "emulation": {"enabled": true}, "suspended": true},
        "status": {"phase": "Connected", "observedGeneration": 3, "lastSeen": "t",
          "conditions": [{"type": "Connected", "status": "True"}],
          "enrollment": {"csr": "AA==", "publicKeySha256": "k", "hardwareId": "h", "board": "b", "tokenId": "t", "requestedAt": "r"},
          "identity": {"certificate": "c", "serial": "s", "notAfter": "n", "publicKeySha256": "k"},
          "session": {"gateway": "g", "epoch": 7, "since": "s", "bootId": "i"},
          "applications": [{"name": "a", "uid": "x", "revision": "a-1", "manifestSha256": "m", "state": "Running", "restarts": 2, "reason": "", "exitCode": -1}]}
    })")
                                         .value());
    EXPECT_EQ(device.meta.generation, 4);
    EXPECT_EQ(device.meta.labels.at("a"), "1");
    EXPECT_EQ(device.approval, Approval::Approved);
    EXPECT_TRUE(device.emulated);
    EXPECT_TRUE(device.suspended);
    EXPECT_EQ(device.enrollment->token_id, "t");
    EXPECT_EQ(device.identity->serial, "s");
    EXPECT_EQ(device.session->epoch, 7);
    ASSERT_NE(device.application("x"), nullptr);
    EXPECT_EQ(device.application("x")->exit_code, -1);
    EXPECT_EQ(device.application("y"), nullptr);
    EXPECT_TRUE(device.connected());
}

TEST(Device, tolerates_an_empty_and_a_mistyped_object) {
    Device device = device_from_json(parse_json(R"({"metadata": 1, "spec": {"suspended": "yes", "approval": "Maybe"},
        "status": {"session": [], "identity": "x", "applications": [5, {}]}})")
                                         .value());
    EXPECT_EQ(device.approval, Approval::Unset);
    EXPECT_FALSE(device.suspended);
    EXPECT_FALSE(device.session.has_value());
    EXPECT_FALSE(device.connected());
    EXPECT_TRUE(device_from_json(json::value(nullptr)).meta.name.empty());
}

TEST(DeviceApplication, backoff_after_a_clean_exit_is_no_failure) {
    DeviceApplication app;
    app.state = "Backoff";
    app.reason = "Exit";
    app.exit_code = 0;
    EXPECT_FALSE(app.is_failed());
    app.exit_code = 1;
    EXPECT_TRUE(app.is_failed());
    app.reason = "Trap";
    app.exit_code.reset();
    EXPECT_TRUE(app.is_failed());
    app.state = "Running";
    EXPECT_FALSE(app.is_failed());
}

TEST(AppsSummary, counts_what_runs_or_completed) {
    std::vector<DeviceApplication> apps(3);
    apps[0].state = "Running";
    apps[1].state = "Completed";
    apps[2].state = "Fetching";
    EXPECT_EQ(apps_summary(apps), "2/3");
    EXPECT_EQ(apps_summary({}), "0/0");
}

}  // namespace
}  // namespace wasmbed::fleet
