#include "services/web/guard.hpp"

#include <gtest/gtest.h>

namespace wasmbed::web {
namespace {

const Guard kGuard("http", {"127.0.0.1:30470", "localhost:30470"});

int status_of(std::string method, std::vector<std::pair<std::string, std::string>> headers) {
    net::Request request;
    request.method = std::move(method);
    for (auto& [name, value] : headers) request.headers.add(std::move(name), std::move(value));
    auto refused = kGuard.refuse(request);
    return refused ? refused->status : 200;
}

TEST(Guard, lets_the_own_page_read_and_write) {
    EXPECT_EQ(status_of("GET", {{"Host", "127.0.0.1:30470"}}), 200);
    EXPECT_EQ(
        status_of("POST", {{"Host", "localhost:30470"}, {"Origin", "http://localhost:30470"}, {"X-Wasmbed", "1"}}),
        200);
}

TEST(Guard, refuses_a_name_that_somebody_pointed_at_this_address) {
    EXPECT_EQ(status_of("GET", {{"Host", "evil.example:30470"}}), 421);
    EXPECT_EQ(status_of("GET", {}), 421);
}

TEST(Guard, refuses_other_origins_other_ports_and_other_schemes) {
    for (const char* origin : {"http://evil.example", "http://127.0.0.1:3000", "https://127.0.0.1:30470", "null"}) {
        EXPECT_EQ(status_of("POST", {{"Host", "127.0.0.1:30470"}, {"Origin", origin}, {"X-Wasmbed", "1"}}), 403);
        EXPECT_EQ(status_of("GET", {{"Host", "127.0.0.1:30470"}, {"Origin", origin}}), 403) << origin;
    }
    EXPECT_EQ(status_of("GET", {{"Host", "127.0.0.1:30470"}, {"Sec-Fetch-Site", "same-site"}}), 403);
}

TEST(Guard, lets_a_link_from_elsewhere_open_the_page) {
    EXPECT_EQ(
        status_of("GET",
                  {{"Host", "127.0.0.1:30470"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "navigate"}}),
        200);
}

TEST(Guard, refuses_a_write_without_the_header) {
    for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
        EXPECT_EQ(status_of(method, {{"Host", "127.0.0.1:30470"}}), 403) << method;
    }
    EXPECT_EQ(status_of("POST", {{"Host", "127.0.0.1:30470"}, {"Authorization", "Bearer x"}}), 200);
}

}  // namespace
}  // namespace wasmbed::web
