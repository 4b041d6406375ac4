#include "host/cli/data_folder.hpp"

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

namespace wasmbed::cli {
namespace {

class DataFolder : public testing::Test {
  protected:
    void SetUp() override { ASSERT_NE(::mkdtemp(directory_.data()), nullptr); }
    void TearDown() override { std::filesystem::remove_all(directory_); }
    std::filesystem::path folder() const { return std::filesystem::path(directory_) / "data"; }
    std::string directory_ = testing::TempDir() + "wasmbed-data-XXXXXX";
};

TEST_F(DataFolder, is_locked_by_one_process_and_names_it) {
    auto lock = lock_data_folder(folder());
    ASSERT_TRUE(lock) << lock.error();
    auto second = lock_data_folder(folder());
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().find("in use by another `wasmbed up`, process " + std::to_string(::getpid())),
              std::string::npos);
    lock->reset();
    EXPECT_TRUE(lock_data_folder(folder()));
}

TEST_F(DataFolder, is_private) {
    ASSERT_TRUE(lock_data_folder(folder()));
    EXPECT_EQ(std::filesystem::status(folder()).permissions(), std::filesystem::perms::owner_all);
}

TEST_F(DataFolder, ports_stay_what_they_were) {
    ASSERT_TRUE(lock_data_folder(folder()));
    auto first = settle_ports(folder(), {.apiserver = Ports::kAnyFree, .devices = 12345});
    ASSERT_TRUE(first) << first.error();
    EXPECT_GT(first->apiserver, 0);
    EXPECT_EQ(first->devices, 12345);
    EXPECT_EQ(first->gateway_api, 30460);
    auto second = settle_ports(folder(), {.gateway_api = 4000});
    ASSERT_TRUE(second) << second.error();
    EXPECT_EQ(second->apiserver, first->apiserver);
    EXPECT_EQ(second->devices, 12345);
    EXPECT_EQ(second->gateway_api, 4000);
}

TEST_F(DataFolder, wrong_ports_and_damaged_files_are_errors) {
    ASSERT_TRUE(lock_data_folder(folder()));
    EXPECT_EQ(settle_ports(folder(), {.devices = 70000}).error(), "port devices: 0 to 65535, not 70000");
    std::ofstream(folder() / "ports.json") << "{";
    EXPECT_NE(settle_ports(folder(), {}).error().find("ports.json"), std::string::npos);
}

}  // namespace
}  // namespace wasmbed::cli
