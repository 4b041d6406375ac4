#include "core/proto/provision.hpp"

#include <gtest/gtest.h>
#include <vector>

#include "core/base/crc32.hpp"
#include "core/base/endian.hpp"

namespace wasmbed::proto {
namespace {

struct Partition {
    std::vector<std::uint8_t> root = std::vector<std::uint8_t>(400, 0x30);
    std::uint8_t kid[8] = {1, 2, 3};
    std::uint8_t secret[32] = {5};
    Bytes roots[1] = {root};
    ManifestKey keys[1] = {{.kid = kid, .key = {4, 1}}};
    std::string_view gateways[1] = {"10.0.2.2:8443"};
    Provision provision{.name = "default/board-1",
                        .uid = "uid",
                        .roots = roots,
                        .manifest_keys = keys,
                        .gateways = gateways,
                        .token = {.id = "token-1", .secret = secret}};
    std::vector<std::uint8_t> memory = std::vector<std::uint8_t>(kProvisionBytesMax, 0xFF);
    Bytes encoded = encode_provision(memory, provision).value();
};

TEST(Provision, comes_back_from_an_erased_partition) {
    const Partition partition;
    const auto back = decode_provision(partition.memory);
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(back->name, "default/board-1");
    EXPECT_EQ(back->uid, "uid");
    ASSERT_EQ(back->roots.size(), 1U);
    EXPECT_EQ(back->roots.begin()->size(), 400U);
    ASSERT_EQ(back->manifest_keys.size(), 1U);
    EXPECT_EQ(back->manifest_keys.begin()->kid.size(), 8U);
    EXPECT_EQ(back->manifest_keys.begin()->key[1], 1);
    EXPECT_EQ(*back->gateways.begin(), "10.0.2.2:8443");
    EXPECT_EQ(back->token.id, "token-1");
    EXPECT_EQ(back->token.secret[0], 5);
}

TEST(Provision, works_without_name_uid_and_token) {
    Partition partition;
    partition.provision.name = {};
    partition.provision.uid = {};
    partition.provision.token = {};
    const Bytes encoded = encode_provision(partition.memory, partition.provision).value();
    const auto back = decode_provision(encoded);
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(back->name, "");
    EXPECT_TRUE(back->token.id.empty());
}

TEST(Provision, says_blank_for_a_partition_never_written) {
    EXPECT_EQ(decode_provision(std::vector<std::uint8_t>(64, 0xFF)).error().kind, ProvisionErrorKind::blank);
    EXPECT_EQ(decode_provision({}).error().kind, ProvisionErrorKind::blank);
}

TEST(Provision, finds_every_flipped_bit) {
    Partition partition;
    for (std::size_t i = 0; i < partition.encoded.size() * 8; ++i) {
        partition.memory[i / 8] ^= static_cast<std::uint8_t>(1 << i % 8);
        EXPECT_FALSE(decode_provision(partition.memory).has_value()) << i;
        partition.memory[i / 8] ^= static_cast<std::uint8_t>(1 << i % 8);
    }
    EXPECT_TRUE(decode_provision(partition.memory).has_value());
}

TEST(Provision, tells_length_checksum_and_content_apart) {
    Partition partition;
    EXPECT_EQ(decode_provision(partition.encoded.first(partition.encoded.size() - 1)).error().kind,
              ProvisionErrorKind::bad_length);
    partition.memory[20] ^= 1;
    EXPECT_EQ(decode_provision(partition.memory).error().kind, ProvisionErrorKind::bad_checksum);

    const std::uint8_t empty_map[] = {0xA0};
    store_le32(&partition.memory[4], sizeof empty_map);
    store_le32(&partition.memory[8], crc32(empty_map));
    partition.memory[12] = empty_map[0];
    const auto error = decode_provision(partition.memory).error();
    EXPECT_EQ(error.kind, ProvisionErrorKind::malformed);
    EXPECT_EQ(error.cbor.kind, CborErrorKind::missing_key);
}

TEST(Provision, refuses_to_write_what_does_not_fit_the_partition) {
    Partition partition;
    const std::vector<std::uint8_t> root(1024);
    const Bytes roots[] = {root, root, root};
    const std::string gateway(128, 'g');
    const std::string_view gateways[] = {gateway, gateway, gateway, gateway, gateway, gateway, gateway, gateway};
    partition.provision.roots = roots;
    partition.provision.gateways = gateways;
    std::vector<std::uint8_t> memory(2 * kProvisionBytesMax);
    EXPECT_EQ(encode_provision(memory, partition.provision).error().kind, CborErrorKind::no_room);
}

}  // namespace
}  // namespace wasmbed::proto
