// The bodies are those that kubectl 1.32 was recorded to send.
#include "services/apiserver/protobuf.hpp"

#include <gtest/gtest.h>

namespace wasmbed::apiserver {
namespace {

using namespace std::string_literals;

std::string decoded(const std::string& body) {
    auto object = decode_protobuf(body);
    return object ? json::serialize(*object) : "error: " + object.error();
}

/// An envelope around `raw` for short bodies.
std::string wrapped(const std::string& version, const std::string& kind, const std::string& raw) {
    auto field = [](char tag, const std::string& bytes) { return std::string{tag} + char(bytes.size()) + bytes; };
    return "k8s\0"s + field('\x0a', field('\x0a', version) + field('\x12', kind)) + field('\x12', raw);
}

TEST(Protobuf, reads_the_namespace_of_kubectl_create) {
    auto body =
        "k8s\0\n\x0f\n\x02v1\x12\x09Namespace\x12\x1c\n\x14\n\x04"
        "demo\x12\0\x1a\0\"\0*\0"
        "2\0"
        "8\0"
        "B\0\x12\0\x1a\x02\n\0\x1a\0\"\0"s;
    EXPECT_EQ(decoded(body), R"({"metadata":{"name":"demo"},"apiVersion":"v1","kind":"Namespace"})");
}

TEST(Protobuf, reads_the_secret_of_kubectl_create) {
    auto body =
        "k8s\0\n\x0c\n\x02v1\x12\x06Secret\x12\x1e\n\x12\n\x02s1\x12\0\x1a\0\"\0*\0"
        "2\0"
        "8\0"
        "B\0\x12\x06\n\x01"
        "a\x12\x01"
        "b\x1a\0\x1a\0\"\0"s;
    EXPECT_EQ(decoded(body), R"({"metadata":{"name":"s1"},"data":{"a":"Yg=="},"apiVersion":"v1","kind":"Secret"})");
}

TEST(Protobuf, keeps_optional_zeros_and_reads_times_and_lists) {
    // LeaseSpec{1: "", 2: 15, 3: {1: 1700000000, 2: 5000}, 5: 0}
    auto spec = "\n\0\x10\x0f\x1a\x09\x08\x80\xe2\xcf\xaa\x06\x10\x88\x27\x28\0"s;
    auto lease = wrapped("coordination.k8s.io/v1", "Lease", "\x12"s + char(spec.size()) + spec);
    EXPECT_EQ(decoded(lease),
              R"({"spec":{"holderIdentity":"","leaseDurationSeconds":15,"acquireTime":"2023-11-14T22:13:20.000005Z",)"
              R"("leaseTransitions":0},"apiVersion":"coordination.k8s.io/v1","kind":"Lease"})");
    auto space = wrapped("v1", "Namespace",
                         "\n\x06z\x01"
                         "az\x01"
                         "b"s);
    // ObjectMeta{14: finalizers} has the tag 0x72, 'r'; 'z' is field 15, which no longer means anything.
    EXPECT_EQ(decoded(space), R"({"apiVersion":"v1","kind":"Namespace"})");
    auto kept = wrapped("v1", "Namespace",
                        "\n\x06r\x01"
                        "ar\x01"
                        "b"s);
    EXPECT_EQ(decoded(kept), R"({"metadata":{"finalizers":["a","b"]},"apiVersion":"v1","kind":"Namespace"})");
}

TEST(Protobuf, names_what_it_cannot_read) {
    EXPECT_NE(decoded("{}").find("k8s"), std::string::npos);
    EXPECT_NE(decoded(wrapped("apps/v1", "Deployment", "")).find("Deployment"), std::string::npos);
    EXPECT_NE(decoded(wrapped("v1", "Secret", "\n\x50xx")).find("longer than its message"), std::string::npos);
    EXPECT_NE(decoded(wrapped("v1", "Secret", "\x08\x01")).find("wire type"), std::string::npos);
    EXPECT_NE(decoded(wrapped("v1", "Secret", "\n\x04\n\x02\xff\xfe")).find("UTF-8"), std::string::npos);
    EXPECT_NE(decoded(wrapped("v1", "Secret", "\x0f")).find("wire type 7"), std::string::npos);
}

TEST(Protobuf, every_cut_of_a_body_is_an_error_or_an_object) {
    auto body = wrapped("v1", "Secret",
                        "\n\x04\n\x02s1\x12\x06\n\x01"
                        "a\x12\x01"
                        "b"s);
    for (std::size_t size = 0; size < body.size(); ++size) decoded(body.substr(0, size));
    EXPECT_NE(decoded(body).find("Yg=="), std::string::npos);
}

}  // namespace
}  // namespace wasmbed::apiserver
