#include "host/net/http.hpp"

#include <gtest/gtest.h>

#include "host/net/http_server.hpp"

namespace wasmbed::net {
namespace {

TEST(Http, query_is_decoded_and_encoded_back) {
    Query query("labelSelector=a%3Db%2Cc&watch=true&x=1+2&bare&&=v");
    EXPECT_EQ(query.get("labelSelector"), "a=b,c");
    EXPECT_TRUE(query.flag("watch"));
    EXPECT_TRUE(query.flag("bare"));
    EXPECT_FALSE(query.flag("absent"));
    EXPECT_EQ(query.get("x"), "1 2");
    EXPECT_EQ(Query(query.text()).get("labelSelector"), "a=b,c");
}

TEST(Http, malformed_escapes_stay_as_they_are) {
    EXPECT_EQ(percent_decode("%"), "%");
    EXPECT_EQ(percent_decode("a%2"), "a%2");
    EXPECT_EQ(percent_decode("%zz%41"), "%zzA");
}

TEST(Http, header_names_compare_without_case) {
    Headers headers;
    headers.add("Content-Type", "x");
    EXPECT_EQ(headers.get("content-type"), "x");
    EXPECT_EQ(headers.get("content-typ"), "");
}

TEST(Http, path_segments_are_decoded_one_by_one) {
    Request request;
    request.path = "/v1//a%2Fb/c/";
    EXPECT_EQ(request.segments(), (std::vector<std::string>{"v1", "a/b", "c"}));
}

}  // namespace
}  // namespace wasmbed::net
