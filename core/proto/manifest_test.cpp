#include "core/proto/manifest.hpp"

#include <gtest/gtest.h>
#include <vector>

#include "core/proto/cbor_writer.hpp"
#include "core/proto/test_bytes.hpp"

namespace wasmbed::proto {
namespace {

Manifest small() {
    return {.namespace_name = "default",
            .app_uid = "uid",
            .app_name = "blink",
            .revision = "blink-0123456789",
            .sequence = 3,
            .module = {7},
            .module_bytes = 600,
            .restart = {.policy = RestartPolicy::always, .restarts_max = 0, .backoff_ms = 1000}};
}

TEST(Manifest, comes_back_as_it_was) {
    const std::string_view permissions[] = {"led:0", "storage:*"};
    const std::string_view args[] = {"", "-v"};
    const EnvEntry env[] = {{"B", "2"}, {"AA", ""}};
    Manifest manifest = small();
    manifest.limits = {.memory_bytes = 65536, .storage_bytes = 0};
    manifest.permissions = permissions;
    manifest.args = args;
    manifest.env = env;
    manifest.rollback = true;
    std::vector<std::uint8_t> buffer(kManifestBytesMax);
    const auto encoded = encode_manifest(buffer, manifest);
    ASSERT_TRUE(encoded.has_value());

    const auto back = decode_manifest(*encoded);
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(back->revision, "blink-0123456789");
    EXPECT_EQ(back->sequence, 3U);
    EXPECT_EQ(back->module, Digest{7});
    EXPECT_EQ(back->limits.memory_bytes, 65536U);
    EXPECT_FALSE(back->limits.stack_bytes.has_value());
    EXPECT_EQ(back->limits.storage_bytes, 0U);
    EXPECT_EQ(back->restart.policy, RestartPolicy::always);
    EXPECT_EQ(back->schedule, "");
    EXPECT_TRUE(back->rollback);
    ASSERT_EQ(back->args.size(), 2U);
    EXPECT_EQ(*back->args.begin(), "");
    ASSERT_EQ(back->env.size(), 2U);
    EXPECT_EQ(back->env.begin()->name, "B");
    EXPECT_EQ((++back->env.begin())->name, "AA");
    EXPECT_EQ((++back->permissions.begin()).operator*(), "storage:*");
}

TEST(Manifest, refuses_env_that_is_not_sorted_or_named_twice) {
    std::vector<std::uint8_t> buffer(kManifestBytesMax);
    Manifest manifest = small();
    const EnvEntry unsorted[] = {{"AA", "1"}, {"B", "2"}};
    manifest.env = unsorted;
    EXPECT_EQ(encode_manifest(buffer, manifest).error().kind, CborErrorKind::unsorted_key);
    const EnvEntry twice[] = {{"A", "1"}, {"A", "2"}};
    manifest.env = twice;
    EXPECT_EQ(encode_manifest(buffer, manifest).error().kind, CborErrorKind::duplicate_key);
}

TEST(Manifest, refuses_fields_outside_the_cddl_when_writing) {
    std::vector<std::uint8_t> buffer(kManifestBytesMax);
    Manifest manifest = small();
    manifest.app_name = "";
    EXPECT_EQ(encode_manifest(buffer, manifest).error().kind, CborErrorKind::out_of_range);
    const std::string long_permission(97, 'x');
    const std::string_view permissions[] = {long_permission};
    manifest = small();
    manifest.permissions = permissions;
    EXPECT_EQ(encode_manifest(buffer, manifest).error().kind, CborErrorKind::out_of_range);
}

TEST(Manifest, is_refused_when_any_single_byte_is_missing) {
    std::vector<std::uint8_t> buffer(kManifestBytesMax);
    const Bytes whole = encode_manifest(buffer, small()).value();
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(decode_manifest(whole.first(size)).has_value()) << size;
}

TEST(Manifest, is_refused_without_a_required_key) {
    const auto empty = from_hex("a0");
    EXPECT_EQ(decode_manifest(empty).error(), (CborError{CborErrorKind::missing_key, 0}));
}

}  // namespace
}  // namespace wasmbed::proto
