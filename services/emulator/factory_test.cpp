#include "services/emulator/factory.hpp"

#include <gtest/gtest.h>

#include "core/proto/provision.hpp"
#include "host/pki/certificate.hpp"
#include "host/pki/encoding.hpp"

namespace wasmbed::emulator {
namespace {

class FactoryTest : public testing::Test {
  protected:
    void SetUp() override {
        auto ca = pki::Authority::create("service CA",
                                         std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
        ASSERT_TRUE(ca);
        root_der_ = ca->certificate().to_der();
        const auto point = ca->certificate().public_key().point();
        const json::array keys{{{"kid", "0102030405060708"}, {"publicKey", pki::to_base64(point)}}};
        trust_ = {
            {"data", {{"service-ca.pem", ca->certificate().to_pem()}, {"manifest-keys.json", json::serialize(keys)}}}};
        const std::vector<std::uint8_t> token(32, 0xA5);
        secret_ = {{"metadata", {{"name", "enrollment-abc"}}}, {"data", {{"token", pki::to_base64(token)}}}};
    }
    FactoryInputs inputs() { return {&device_, &trust_, &secret_, {&gateway_a_, &gateway_b_}, "10.0.2.2"}; }

    std::vector<std::uint8_t> root_der_;
    json::value device_{{"metadata", {{"namespace", "wasmbed"}, {"name", "board-1"}, {"uid", "11-22"}}},
                        {"spec", {{"gateway", "b"}}}};
    json::value trust_;
    json::value secret_;
    json::value gateway_a_{{"metadata", {{"name", "a"}}}, {"spec", {{"endpoints", {"127.0.0.1:8443"}}}}};
    json::value gateway_b_{{"metadata", {{"name", "b"}}},
                           {"spec", {{"endpoints", {"192.0.2.7:8443", "localhost:9443"}}}}};
};

TEST_F(FactoryTest, partition_decodes_to_what_the_objects_say) {
    ASSERT_EQ(missing_for_factory(inputs()), "");
    auto partition = make_factory_partition(inputs());
    ASSERT_TRUE(partition) << partition.error();
    EXPECT_EQ(text_of(Bytes(*partition).first(4)), "WBPV");
    auto decoded = proto::decode_provision(*partition);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->name, "wasmbed/board-1");
    EXPECT_EQ(decoded->uid, "11-22");
    EXPECT_EQ(decoded->token.id, "abc");
    EXPECT_EQ(decoded->token.secret.size(), 32u);
    const Bytes root = *decoded->roots.begin();
    EXPECT_EQ(std::vector<std::uint8_t>(root.begin(), root.end()), root_der_);
    std::vector<std::string> gateways;
    for (std::string_view gateway : decoded->gateways) gateways.emplace_back(gateway);
    EXPECT_EQ(gateways, (std::vector<std::string>{"192.0.2.7:8443", "10.0.2.2:9443", "10.0.2.2:8443"}))
        << "preferred gateway first";
}

TEST_F(FactoryTest, says_what_it_waits_for) {
    FactoryInputs partial = inputs();
    partial.token_secret = nullptr;
    EXPECT_EQ(missing_for_factory(partial), "the enrollment token, which the controller makes");
    partial.gateways = {};
    EXPECT_EQ(missing_for_factory(partial), "a Gateway with spec.endpoints, which the gateway writes when it starts");
    partial.trust = nullptr;
    EXPECT_EQ(missing_for_factory(partial), "the ConfigMap wasmbed-trust, which the controller writes");
}

TEST_F(FactoryTest, device_with_identity_needs_no_token) {
    device_.as_object()["status"] = {{"identity", {{"serial", "1"}}}};
    FactoryInputs partial = inputs();
    partial.token_secret = nullptr;
    EXPECT_EQ(missing_for_factory(partial), "");
    auto partition = make_factory_partition(partial);
    ASSERT_TRUE(partition) << partition.error();
    EXPECT_EQ(proto::decode_provision(*partition)->token.id, "");
}

TEST_F(FactoryTest, unusable_objects_are_named) {
    trust_.at("data").as_object()["manifest-keys.json"] = "[]";
    EXPECT_EQ(make_factory_partition(inputs()).error(),
              "ConfigMap wasmbed-trust, manifest-keys.json: an array of 1 to 3 keys is needed");
    trust_.at("data").as_object()["service-ca.pem"] = "";
    EXPECT_EQ(make_factory_partition(inputs()).error(),
              "ConfigMap wasmbed-trust, service-ca.pem: 1 to 3 certificates are needed, found 0");
}

/// device/boards/stm32vldiscovery/budget.h says how long the name may be there.
TEST_F(FactoryTest, boards_with_a_pre_shared_key_take_63_characters_and_longer_names_are_refused_with_the_reason) {
    FactoryInputs small = inputs();
    json::value gateway{{"metadata", {{"name", "a"}}}, {"status", {{"serial", "127.0.0.1:12345"}}}};
    small.gateways = {&gateway};
    small.psk = small.serial_link = true;
    secret_.at("metadata").as_object()["name"] = "enrollment-01234567-89ab-cdef-0123-456789abcdef";
    device_.at("metadata").as_object()["name"] = std::string(63 - std::string_view("wasmbed/").size(), 'x');
    auto partition = make_factory_partition(small);
    ASSERT_TRUE(partition) << partition.error();
    auto decoded = proto::decode_provision(*partition);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(partition->size(), proto::kPskProvisionBytesMax);
    EXPECT_EQ(decoded->name.size(), 63u);
    EXPECT_EQ(decoded->roots.size(), 0u);

    device_.at("metadata").as_object()["name"] = std::string(64 - std::string_view("wasmbed/").size(), 'x');
    EXPECT_EQ(make_factory_partition(small).error(),
              "the factory data takes 257 bytes, a board with a pre-shared key has room for 256: namespace and name of "
              "the Device, 64 characters, must be shorter");
}

TEST(Endpoint, only_loopback_is_replaced) {
    EXPECT_EQ(endpoint_seen_by_board("127.0.0.1:8443", "10.0.2.2"), "10.0.2.2:8443");
    EXPECT_EQ(endpoint_seen_by_board("localhost:1", "10.0.2.2"), "10.0.2.2:1");
    EXPECT_EQ(endpoint_seen_by_board("gw.example.org:8443", "10.0.2.2"), "gw.example.org:8443");
    EXPECT_EQ(endpoint_seen_by_board("no-port", "10.0.2.2"), "");
    EXPECT_EQ(endpoint_seen_by_board(":8443", "10.0.2.2"), "");
}

}  // namespace
}  // namespace wasmbed::emulator
