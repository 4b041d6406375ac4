#include "device/hal/stream.hpp"

#include <gtest/gtest.h>
#include <string>

namespace wasmbed::hal {
namespace {

TEST(HostPort, splits_names_and_addresses) {
    EXPECT_EQ(parse_host_port("10.0.2.2:8443")->host, "10.0.2.2");
    EXPECT_EQ(parse_host_port("10.0.2.2:8443")->port, 8443);
    EXPECT_EQ(parse_host_port("gw.example:1")->host, "gw.example");
    EXPECT_EQ(parse_host_port("[::1]:65535")->host, "::1");
    EXPECT_EQ(parse_host_port("[::1]:65535")->port, 65535);
}

TEST(HostPort, rejects_what_is_not_host_and_port) {
    for (const char* text :
         {"", ":", "host", "host:", ":1", "host:0", "host:65536", "host:99999999", "host:1x", "::1:80", "[]:80"}) {
        EXPECT_FALSE(parse_host_port(text)) << text;
    }
    EXPECT_FALSE(parse_host_port(std::string(128, 'a') + ":1"));
    EXPECT_TRUE(parse_host_port(std::string(127, 'a') + ":1"));
}

}  // namespace
}  // namespace wasmbed::hal
