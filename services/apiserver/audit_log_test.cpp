#include "services/apiserver/audit_log.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "host/base/json.hpp"

namespace wasmbed::apiserver {
namespace {

namespace fs = std::filesystem;

struct AuditLogTest : testing::Test {
    fs::path directory;
    AuditEntry entry{"ann", "127.0.0.1:1", {"patch", "wasmbed.io", "devices", "status", "wasmbed", "dev-1"}};

    void SetUp() override {
        std::string pattern = (fs::temp_directory_path() / "audit_log_test.XXXXXX").string();
        ASSERT_TRUE(::mkdtemp(pattern.data()));
        directory = pattern;
    }
    void TearDown() override { fs::remove_all(directory); }

    std::vector<json::value> lines(const fs::path& path) {
        std::ifstream file(path);
        std::vector<json::value> found;
        for (std::string line; std::getline(file, line);) found.push_back(parse_json(line).value());
        return found;
    }
};

TEST_F(AuditLogTest, writes_one_line_for_each_write) {
    AuditLog log(directory / "logs" / "audit.log");
    ASSERT_TRUE(log.open());
    log.write(entry, 200);
    entry.dry_run = true;
    log.write(entry, 409);
    auto found = lines(directory / "logs" / "audit.log");
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(json_string(found[0], {"user"}), "ann");
    EXPECT_EQ(json_string(found[0], {"verb"}), "patch");
    EXPECT_EQ(json_string(found[0], {"subresource"}), "status");
    EXPECT_EQ(json_string(found[0], {"name"}), "dev-1");
    EXPECT_EQ(json_int(found[1], {"code"}), 409);
    EXPECT_TRUE(json_bool(found[1], {"dryRun"}));
}

TEST_F(AuditLogTest, keeps_two_files_within_their_size) {
    constexpr std::size_t kBytesMax = 1000;
    auto path = directory / "audit.log";
    AuditLog log(path, kBytesMax);
    ASSERT_TRUE(log.open());
    for (int i = 0; i < 50; ++i) log.write(entry, i);
    EXPECT_LE(fs::file_size(path), kBytesMax);
    EXPECT_LE(fs::file_size(directory / "audit.log.1"), kBytesMax);
    auto last = lines(path);
    EXPECT_EQ(json_int(last.back(), {"code"}), 49);
    EXPECT_EQ(std::distance(fs::directory_iterator(directory), {}), 2);
}

TEST_F(AuditLogTest, says_which_file_cannot_be_opened) {
    AuditLog log(directory);
    auto opened = log.open();
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().find(directory.string()), std::string::npos);
}

}  // namespace
}  // namespace wasmbed::apiserver
