#include "services/gateway/gateway_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wasmbed::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

fleet::Device device(std::string uid, std::string preferred = "") {
    fleet::Device device;
    device.meta.uid = std::move(uid);
    device.preferred_gateway = std::move(preferred);
    return device;
}

const std::vector<KnownGateway> kThree{
    {"a", true, {"10.0.0.1:8443"}}, {"b", true, {"10.0.0.2:8443"}}, {"c", true, {"10.0.0.3:8443"}}};

TEST(GatewaysFor, this_gateway_comes_first_unless_the_device_prefers_another) {
    EXPECT_EQ(gateways_for(device("x"), kThree, "b").front(), "10.0.0.2:8443");
    const auto preferred = gateways_for(device("x", "c"), kThree, "b");
    EXPECT_THAT(preferred, ElementsAre("10.0.0.3:8443", "10.0.0.2:8443", "10.0.0.1:8443"));
}

TEST(GatewaysFor, devices_of_one_gateway_have_different_seconds) {
    std::size_t b = 0;
    for (int i = 0; i < 1000; ++i) b += gateways_for(device(std::to_string(i)), kThree, "a")[1] == "10.0.0.2:8443";
    EXPECT_GT(b, 300U);
    EXPECT_LT(b, 700U);
}

TEST(GatewaysFor, one_that_is_not_ready_comes_last_even_if_it_is_preferred) {
    auto gateways = kThree;
    gateways[2].ready = false;
    EXPECT_EQ(gateways_for(device("x", "c"), gateways, "b").back(), "10.0.0.3:8443");
}

TEST(GatewaysFor, tells_no_more_than_a_device_keeps) {
    std::vector<KnownGateway> many;
    for (int i = 0; i < 9; ++i) many.push_back({std::to_string(i), true, {"10.0.1." + std::to_string(i) + ":1"}});
    EXPECT_EQ(gateways_for(device("x"), many, "3").size(), 4U);
}

TEST(GatewaysFor, does_not_tell_an_emulated_board_addresses_that_mean_itself) {
    fleet::Device emulated = device("x");
    emulated.emulated = true;
    const std::vector<KnownGateway> local{{"a", true, {"127.0.0.1:8443", "localhost:1", "[::1]:1"}},
                                          {"b", true, {"10.0.0.2:8443"}}};
    EXPECT_THAT(gateways_for(emulated, local, "a"), ElementsAre("10.0.0.2:8443"));
    EXPECT_THAT(gateways_for(emulated, std::span(local).first(1), "a"), IsEmpty());
    EXPECT_EQ(gateways_for(device("x"), local, "a").size(), 4U);
}

}  // namespace
}  // namespace wasmbed::gateway
