#include "host/store/sqlite.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

namespace wasmbed::store {
namespace {

struct SqliteTest : testing::Test {
    SqliteTest() {
        std::string pattern = (std::filesystem::temp_directory_path() / "sqlite_test.XXXXXX").string();
        EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
        directory = pattern;
    }
    ~SqliteTest() override { std::filesystem::remove_all(directory); }
    std::string path() const { return (directory / "a.db").string(); }

    std::filesystem::path directory;
};

std::int64_t count(Database& db) {
    auto statement = db.prepare("SELECT count(*) FROM t").value();
    EXPECT_TRUE(statement.step().value());
    return statement.integer(0);
}

TEST_F(SqliteTest, keeps_committed_rows_and_drops_what_was_not_committed) {
    {
        auto db = Database::open(path()).value();
        ASSERT_TRUE(db.execute("CREATE TABLE t(a INTEGER, b TEXT, c BLOB)"));
        auto transaction = Transaction::begin(db).value();
        auto insert = db.prepare("INSERT INTO t VALUES(?1, ?2, ?3)").value();
        const std::uint8_t blob[] = {0, 1, 2};
        ASSERT_TRUE(insert.bind(1, 7).bind(2, std::string_view("x")).bind(3, Bytes(blob)).run());
        ASSERT_TRUE(transaction.commit());
        auto dropped = Transaction::begin(db).value();
        ASSERT_TRUE(insert.bind(1, 8).bind_null(2).bind(3, Bytes()).run());
    }
    auto db = Database::open(path()).value();
    EXPECT_EQ(count(db), 1);
    auto select = db.prepare("SELECT a, b, c FROM t").value();
    ASSERT_TRUE(select.step().value());
    EXPECT_EQ(select.integer(0), 7);
    EXPECT_EQ(select.text(1), "x");
    EXPECT_EQ(select.blob(2).size(), 3u);
    EXPECT_FALSE(select.step().value());
}

TEST_F(SqliteTest, statements_of_one_text_are_used_again_and_never_by_two) {
    auto db = Database::open(path()).value();
    ASSERT_TRUE(db.execute("CREATE TABLE t(a INTEGER); INSERT INTO t VALUES (1), (2)"));
    constexpr const char* kSelect = "SELECT a FROM t WHERE a >= ?1 ORDER BY a";
    {
        auto first = db.prepare(kSelect).value();
        ASSERT_TRUE(first.bind(1, 1).step().value());
        auto second = db.prepare(kSelect).value();
        ASSERT_TRUE(second.bind(1, 2).step().value());
        EXPECT_EQ(first.integer(0), 1);
        EXPECT_EQ(second.integer(0), 2);
    }
    // What was bound before is gone: nothing is greater than NULL.
    auto again = db.prepare(kSelect).value();
    EXPECT_FALSE(again.step().value());
    // One that was left half-read holds no lock on the table.
    EXPECT_TRUE(db.execute("DROP TABLE t"));
}

TEST_F(SqliteTest, statement_may_outlive_its_database) {
    auto db = std::make_unique<Database>(Database::open(path()).value());
    auto statement = std::make_unique<Statement>(db->prepare("SELECT 1").value());
    db.reset();
    statement.reset();
}

TEST_F(SqliteTest, database_file_is_private) {
    auto db = Database::open(path()).value();
    struct stat info{};
    ASSERT_EQ(::stat(path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(SqliteTest, a_snapshot_holds_what_was_committed_and_opens_by_itself) {
    auto db = Database::open(path()).value();
    ASSERT_TRUE(db.execute("CREATE TABLE t(a INTEGER); INSERT INTO t VALUES(1)"));
    const std::string copy = (directory / "copy.db").string();
    {
        auto writer = Database::open(path()).value();
        auto open = Transaction::begin(writer).value();
        ASSERT_TRUE(writer.execute("INSERT INTO t VALUES(2)"));
        ASSERT_TRUE(db.snapshot(copy));
    }
    auto opened = Database::open(copy).value();
    EXPECT_EQ(count(opened), 1);
    EXPECT_FALSE(db.snapshot(copy)) << "a file that is there must not be written over";
}

TEST_F(SqliteTest, finds_damage_in_the_middle_and_names_the_file) {
    {
        auto db = Database::open(path()).value();
        ASSERT_TRUE(db.execute("CREATE TABLE t(a INTEGER, b TEXT)"));
        for (int i = 0; i < 100; ++i) ASSERT_TRUE(db.execute("INSERT INTO t VALUES(1, printf('%1000d', 1))"));
        EXPECT_TRUE(db.check());
    }
    std::fstream(path(), std::ios::in | std::ios::out | std::ios::binary).seekp(3 * 4096) << std::string(4096, '\xA5');
    auto db = Database::open(path()).value();
    auto checked = db.check();
    ASSERT_FALSE(checked);
    EXPECT_TRUE(checked.error().damaged());
    EXPECT_NE(checked.error().message.find("a.db is damaged"), std::string::npos) << checked.error().message;
}

TEST_F(SqliteTest, a_file_of_something_else_is_damaged_and_stays_as_it_is) {
    const std::string text(5000, 'x');
    std::ofstream(path()) << text;
    auto db = Database::open(path());
    ASSERT_FALSE(db);
    EXPECT_TRUE(db.error().damaged());
    EXPECT_NE(db.error().message.find("a.db is damaged"), std::string::npos) << db.error().message;
    std::ifstream file(path());
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), text);
}

TEST_F(SqliteTest, errors_name_the_statement_or_the_path) {
    auto missing = Database::open((directory / "no" / "a.db").string());
    ASSERT_FALSE(missing);
    EXPECT_NE(missing.error().message.find("a.db"), std::string::npos);
    auto db = Database::open(path()).value();
    auto bad = db.prepare("SELECT nonsense FROM nowhere");
    ASSERT_FALSE(bad);
    EXPECT_NE(bad.error().message.find("nowhere"), std::string::npos);
}

}  // namespace
}  // namespace wasmbed::store
