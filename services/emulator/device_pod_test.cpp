#include "services/emulator/device_pod.hpp"

#include <gtest/gtest.h>

namespace wasmbed::emulator {
namespace {

json::value device_in(const char* ns) {
    return json::object{{"metadata", {{"name", "board-1"}, {"namespace", ns}, {"uid", "u-1"}}}};
}

std::vector<std::string> arguments_of(const json::value& pod) {
    std::vector<std::string> arguments;
    for (const auto& each : pod.at("spec").at("containers").at(0).at("args").as_array()) {
        arguments.emplace_back(each.as_string());
    }
    return arguments;
}

TEST(DevicePod, runs_the_emulator_for_that_device_alone) {
    auto pod = device_pod(device_in("wasmbed"), "wasmbed", "wasmbed:1");
    EXPECT_EQ(json_string(pod, {"metadata", "name"}), "wasmbed-board-u-1");
    auto arguments = arguments_of(pod);
    EXPECT_EQ(arguments[0], "emulator");
    EXPECT_EQ(arguments[1], "--device=wasmbed/board-1");
    EXPECT_EQ(json_string(pod.at("spec").at("containers").at(0), {"image"}), "wasmbed:1");
}

TEST(DevicePod, goes_with_its_device) {
    auto pod = device_pod(device_in("wasmbed"), "wasmbed", "wasmbed:1");
    EXPECT_EQ(json_string(pod.at("metadata").at("ownerReferences").at(0), {"uid"}), "u-1");
}

TEST(DevicePod, of_another_namespace_is_found_by_its_annotation) {
    auto pod = device_pod(device_in("lab"), "wasmbed", "wasmbed:1");
    EXPECT_FALSE(json_find(pod, {"metadata", "ownerReferences"})) << "owners must be in the same namespace";
    EXPECT_EQ(json_string(pod, {"metadata", "namespace"}), "wasmbed");
    EXPECT_EQ(json_string(pod, {"metadata", "annotations", kPodDevice}), "lab/board-1");
}

}  // namespace
}  // namespace wasmbed::emulator
