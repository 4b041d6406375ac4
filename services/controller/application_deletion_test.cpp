#include "services/controller/application_deletion.hpp"

#include <gtest/gtest.h>

#include "services/controller/testing/objects.hpp"

namespace wasmbed::controller {
namespace {

struct DecideDeletion : ::testing::Test {
    DecideDeletion() {
        app.meta.name = "a";
        app.meta.uid = "app-uid";
        app.meta.deleting = true;
        fleet::DeviceApplication reported;
        reported.uid = "app-uid";
        device.applications = {reported};
        testing::connect(device);
    }
    DeletionDecision decide() { return decide_deletion(app, {&device}, testing::kNow); }

    fleet::Application app;
    fleet::Device device = testing::make_device("d1");
};

TEST_F(DecideDeletion, waits_for_the_report_of_the_device) {
    DeletionDecision decision = decide();
    EXPECT_FALSE(decision.done);
    json::value status = decision.status;
    EXPECT_EQ(json_string(status, {"phase"}), "Terminating");
    std::string message(json_string(status.at("conditions").as_array().at(0), {"message"}));
    EXPECT_NE(message.find("1 devices say that they removed it: d1;"), std::string::npos) << message;
    device.applications.clear();
    EXPECT_TRUE(decide().done);
}

TEST_F(DecideDeletion, a_device_that_is_away_is_waited_for_until_it_counts_as_unreachable) {
    testing::disconnect(device, "2026-11-21T08:59:00Z");
    device.phase = "Disconnected";
    EXPECT_FALSE(decide().done);
    device.phase = "Unreachable";
    EXPECT_TRUE(decide().done);
}

TEST_F(DecideDeletion, does_not_wait_for_devices_that_are_gone) {
    device.meta.deleting = true;
    EXPECT_TRUE(decide().done);
    device.meta.deleting = false;
    device.approval = fleet::Approval::Rejected;
    EXPECT_TRUE(decide().done);
}

TEST_F(DecideDeletion, a_person_can_end_the_wait) {
    app.meta.force_delete = true;
    EXPECT_TRUE(decide().done);
}

}  // namespace
}  // namespace wasmbed::controller
