#include "host/pki/atomic_file.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "host/pki/testing/temporary_folder.hpp"

namespace wasmbed::pki {
namespace {

mode_t mode_of(const std::filesystem::path& path) {
    struct stat status{};
    ::stat(path.c_str(), &status);
    return status.st_mode & 0777;
}

ino_t inode_of(const std::filesystem::path& path) {
    struct stat status{};
    ::stat(path.c_str(), &status);
    return status.st_ino;
}

TEST(WriteFileAtomic, replaces_content_and_mode_and_leaves_nothing_else) {
    testing::TemporaryFolder folder;
    auto path = folder.path() / "f";
    ASSERT_TRUE(write_file_atomic(path, "one", 0644).has_value());
    std::ofstream(folder.path() / "f.tmp") << "left by a crash";
    ASSERT_TRUE(write_file_atomic(path, "two", 0600).has_value());
    EXPECT_EQ(read_small_file(path).value(), "two");
    EXPECT_EQ(mode_of(path), 0600U);
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "f.tmp"));
}

TEST(WriteFileAtomic, names_the_path_that_cannot_be_written) {
    testing::TemporaryFolder folder;
    auto result = write_file_atomic(folder.path() / "no" / "f", "x", 0600);
    ASSERT_FALSE(result.has_value());
    EXPECT_NE(result.error().message.find("no/f.tmp: No such file"), std::string::npos) << result.error().message;
}

TEST(WriteFileIfChanged, leaves_an_equal_file_alone_but_repairs_its_mode) {
    testing::TemporaryFolder folder;
    auto path = folder.path() / "f";
    ASSERT_TRUE(write_file_if_changed(path, "same", 0600).has_value());
    ino_t inode = inode_of(path);
    ASSERT_TRUE(write_file_if_changed(path, "same", 0600).has_value());
    EXPECT_EQ(inode_of(path), inode);
    ::chmod(path.c_str(), 0644);
    ASSERT_TRUE(write_file_if_changed(path, "same", 0600).has_value());
    EXPECT_EQ(mode_of(path), 0600U);
}

TEST(ReadSmallFile, refuses_a_missing_and_a_huge_file) {
    testing::TemporaryFolder folder;
    EXPECT_FALSE(read_small_file(folder.path() / "none").has_value());
    std::ofstream(folder.path() / "huge") << std::string((1 << 20) + 1, 'x');
    EXPECT_FALSE(read_small_file(folder.path() / "huge").has_value());
}

}  // namespace
}  // namespace wasmbed::pki
