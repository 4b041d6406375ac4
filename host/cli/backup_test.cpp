#include "host/cli/backup.hpp"

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <optional>

#include "host/store/sqlite.hpp"

namespace wasmbed::cli {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

fs::perms mode(const fs::path& path) {
    return fs::status(path).permissions();
}

constexpr fs::perms kPrivate = fs::perms::owner_read | fs::perms::owner_write;

class BackupTest : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_NE(::mkdtemp(directory_.data()), nullptr);
        fs::create_directories(data() / "pki");
        fs::create_directories(data() / "devices" / "ns" / "one");
        std::ofstream(data() / "pki" / "ca.key") << "secret";
        fs::permissions(data() / "pki" / "ca.key", kPrivate);
        std::ofstream(data() / "ports.json") << "{}";
        std::ofstream(data() / "devices" / "ns" / "one" / "state.json") << "{}";
        std::ofstream(data() / "devices" / "ns" / "one" / "store.img") << "bytes" << std::string(9000, '\0') << "end";
        std::ofstream(data() / "devices" / "ns" / "one" / "console.log") << "noise";
        db_.emplace(store::Database::open((data() / "apiserver.db").string()).value());
        ASSERT_TRUE(db_->execute("CREATE TABLE objects(kind, text); INSERT INTO objects VALUES('x', 'kept')"));
    }
    void TearDown() override {
        db_.reset();
        fs::remove_all(directory_);
    }
    fs::path data() const { return fs::path(directory_) / "data"; }
    fs::path archive() const { return fs::path(directory_) / "backup.tar.gz"; }
    fs::path other() const { return fs::path(directory_) / "other" / "data"; }

    std::string directory_ = testing::TempDir() + "wasmbed-backup-XXXXXX";
    std::optional<store::Database> db_;
};

TEST_F(BackupTest, brings_back_what_was_there_while_it_was_in_use) {
    const auto made = backup(data(), archive());
    ASSERT_TRUE(made) << made.error();
    EXPECT_EQ(mode(archive()), kPrivate);
    EXPECT_FALSE(fs::exists(archive().string() + ".parts"));
    const auto restored = restore(archive(), other());
    ASSERT_TRUE(restored) << restored.error();
    EXPECT_EQ(content(other() / "pki" / "ca.key"), "secret");
    EXPECT_EQ(mode(other() / "pki" / "ca.key"), kPrivate);
    EXPECT_EQ(mode(other()), fs::perms::owner_all);
    EXPECT_EQ(content(other() / "devices/ns/one/store.img"), content(data() / "devices/ns/one/store.img"));
    EXPECT_FALSE(fs::exists(other() / "devices/ns/one/console.log"));
    auto db = store::Database::open((other() / "apiserver.db").string()).value();
    auto select = db.prepare("SELECT text FROM objects").value();
    ASSERT_TRUE(select.step().value());
    EXPECT_EQ(select.text(0), "kept");
}

TEST_F(BackupTest, writes_over_nothing) {
    std::ofstream(archive()) << "mine";
    EXPECT_NE(backup(data(), archive()).error().find("is there already"), std::string::npos);
    EXPECT_EQ(content(archive()), "mine");
    fs::remove(archive());
    ASSERT_TRUE(backup(data(), archive()));
    EXPECT_NE(restore(archive(), data()).error().find("not empty"), std::string::npos);
}

TEST_F(BackupTest, refuses_what_is_no_backup_and_leaves_nothing) {
    std::ofstream(archive()) << "no archive";
    const auto restored = restore(archive(), other());
    ASSERT_FALSE(restored);
    EXPECT_NE(restored.error().find("no backup of wasmbed"), std::string::npos) << restored.error();
    EXPECT_NE(restored.error().find("not in gzip format"), std::string::npos) << restored.error();
    EXPECT_EQ(restored.error().find('\n'), std::string::npos) << restored.error();
    EXPECT_NE(restore(directory_, other()).error().find("it is no file"), std::string::npos);
    EXPECT_FALSE(fs::exists(other()));
    EXPECT_FALSE(fs::exists(other().string() + ".restoring"));
    EXPECT_NE(backup(directory_, archive().string() + "2").error().find("no data folder"), std::string::npos);
}

TEST_F(BackupTest, refuses_one_that_was_cut_short_or_points_elsewhere) {
    ASSERT_TRUE(backup(data(), archive()));
    const std::string whole = content(archive());
    for (const std::size_t bytes : {whole.size() - 1, whole.size() / 2, std::size_t{20}, std::size_t{0}}) {
        std::ofstream(archive(), std::ios::trunc) << whole.substr(0, bytes);
        EXPECT_FALSE(restore(archive(), other())) << bytes;
        EXPECT_FALSE(fs::exists(other()));
    }
    fs::remove(archive());
    const fs::path unpacked = fs::path(directory_) / "unpacked";
    fs::create_directories(unpacked);
    fs::copy(data(), unpacked, fs::copy_options::recursive);
    std::ofstream(unpacked / "format") << "{\"format\": 1}";
    fs::create_symlink("/etc", unpacked / "elsewhere");
    ASSERT_EQ(std::system(("tar -czf " + archive().string() + " -C " + unpacked.string() + " .").c_str()), 0);
    const auto restored = restore(archive(), other());
    ASSERT_FALSE(restored);
    EXPECT_NE(restored.error().find("elsewhere in it is neither file nor folder"), std::string::npos)
        << restored.error();
    EXPECT_FALSE(fs::exists(other()));
}

TEST_F(BackupTest, refuses_what_a_newer_program_wrote) {
    std::ofstream(data() / "format") << "{\"format\": 7, \"writtenBy\": \"9\"}";
    EXPECT_NE(backup(data(), archive()).error().find("data format 7"), std::string::npos);
    EXPECT_FALSE(fs::exists(archive()));
}

}  // namespace
}  // namespace wasmbed::cli
