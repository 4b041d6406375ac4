#include "host/process/pid_file.hpp"

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>

#include "host/process/spawn.hpp"

namespace wasmbed {
namespace {

class PidFile : public testing::Test {
  protected:
    void SetUp() override { ASSERT_NE(::mkdtemp(directory_.data()), nullptr); }
    void TearDown() override { std::filesystem::remove_all(directory_); }
    std::filesystem::path file() const { return std::filesystem::path(directory_) / "pid"; }
    std::string directory_ = testing::TempDir() + "wasmbed-pid-XXXXXX";
};

TEST_F(PidFile, ends_the_process_that_was_written) {
    auto child = spawn({.argv = {"/bin/sleep", "1000"}});
    ASSERT_TRUE(child);
    ASSERT_TRUE(write_pid_file(file(), child->pid()));
    EXPECT_EQ(read_pid_file(file()), identify_process(child->pid()));
    EXPECT_TRUE(end_leftover(file(), 20'000));
    ExitStatus status;
    ASSERT_TRUE(child->wait(20'000, &status));
    EXPECT_EQ(status.text(), "signal 9 (Killed)");
    EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(PidFile, spares_another_process_with_the_same_pid) {
    auto child = spawn({.argv = {"/bin/sleep", "1000"}});
    ASSERT_TRUE(child);
    auto identity = identify_process(child->pid());
    ASSERT_TRUE(identity);
    std::ofstream(file()) << identity->pid << ' ' << identity->start_ticks + 1 << ' ' << identity->boot_id << '\n';
    EXPECT_TRUE(end_leftover(file(), 20'000));
    EXPECT_FALSE(child->try_reap(nullptr)) << "an unrelated process was ended";
    EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(PidFile, missing_and_malformed_files_mean_nothing_is_left) {
    EXPECT_TRUE(end_leftover(file(), 0));
    std::ofstream(file()) << "not a pid\n";
    EXPECT_FALSE(read_pid_file(file()));
    EXPECT_TRUE(end_leftover(file(), 0));
    EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(PidFile, refuses_to_write_for_a_process_that_is_gone) {
    EXPECT_FALSE(write_pid_file(file(), 0));
}

}  // namespace
}  // namespace wasmbed
