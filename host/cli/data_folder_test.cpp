#include "host/cli/data_folder.hpp"

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <set>
#include <unistd.h>

#include "host/cli/testing/tcp_socket.hpp"

namespace wasmbed::cli {
namespace {

using testing::Reuse;
using testing::TcpSocket;

constexpr Ports kAllFree{.apiserver = Ports::kAnyFree,
                         .devices = Ports::kAnyFree,
                         .gateway_api = Ports::kAnyFree,
                         .emulator_api = Ports::kAnyFree,
                         .dashboard = Ports::kAnyFree,
                         .serial = Ports::kAnyFree,
                         .controller_probes = Ports::kAnyFree};

class DataFolder : public ::testing::Test {
  protected:
    void SetUp() override { ASSERT_NE(::mkdtemp(directory_.data()), nullptr); }
    void TearDown() override { std::filesystem::remove_all(directory_); }
    std::filesystem::path folder() const { return std::filesystem::path(directory_) / "data"; }
    std::string directory_ = ::testing::TempDir() + "wasmbed-data-XXXXXX";
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
    ASSERT_TRUE(remember_ports(folder(), *first));
    auto second = settle_ports(folder(), {.gateway_api = 4000});
    ASSERT_TRUE(second) << second.error();
    EXPECT_EQ(second->apiserver, first->apiserver);
    EXPECT_EQ(second->devices, 12345);
    EXPECT_EQ(second->gateway_api, 4000);
}

TEST_F(DataFolder, ports_of_a_start_that_failed_are_forgotten) {
    ASSERT_TRUE(lock_data_folder(folder()));
    ASSERT_TRUE(settle_ports(folder(), {.apiserver = 12345}));
    auto next = settle_ports(folder(), {});
    ASSERT_TRUE(next) << next.error();
    EXPECT_EQ(next->apiserver, 6443);
}

TEST_F(DataFolder, ports_that_may_be_any_are_distinct_and_reserved) {
    ASSERT_TRUE(lock_data_folder(folder()));
    auto ports = settle_ports(folder(), kAllFree);
    ASSERT_TRUE(ports) << ports.error();
    std::set<int> distinct;
    for (int Ports::* member : {&Ports::apiserver, &Ports::devices, &Ports::gateway_api, &Ports::emulator_api,
                                &Ports::dashboard, &Ports::serial, &Ports::controller_probes}) {
        distinct.insert((*ports).*member);
        EXPECT_EQ(TcpSocket(Reuse::No).listen((*ports).*member), EADDRINUSE);
        EXPECT_EQ(TcpSocket(Reuse::Yes).listen((*ports).*member), 0);
    }
    EXPECT_EQ(distinct.size(), 7u);
    EXPECT_TRUE(check_ports_free(*ports));
}

TEST_F(DataFolder, a_taken_port_is_named_with_what_it_is_for) {
    ASSERT_TRUE(lock_data_folder(folder()));
    auto ports = settle_ports(folder(), kAllFree);
    ASSERT_TRUE(ports) << ports.error();
    TcpSocket taken(Reuse::Yes);
    ASSERT_EQ(taken.listen(ports->devices), 0);
    const auto refused = check_ports_free(*ports);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), "cannot listen on 127.0.0.1:" + std::to_string(ports->devices) +
                                   " for devices: Address already in use; stop what uses it, or choose another port "
                                   "with --devices-port");
}

TEST_F(DataFolder, a_file_in_its_place_is_an_error_that_says_what_to_do) {
    std::ofstream(folder()) << "not a folder";
    const auto refused = lock_data_folder(folder());
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().find("choose another folder with --data"), std::string::npos) << refused.error();
}

TEST_F(DataFolder, wrong_ports_and_damaged_files_are_errors) {
    ASSERT_TRUE(lock_data_folder(folder()));
    EXPECT_EQ(settle_ports(folder(), {.devices = 70000}).error(), "port devices: 0 to 65535, not 70000");
    for (const char* damaged : {"", "{", "[]", "{\"devices\": \"x\"}", "{\"devices\": -5}", "{\"devices\": 65536}"}) {
        std::ofstream(folder() / "ports.json") << damaged;
        const auto refused = settle_ports(folder(), {});
        ASSERT_FALSE(refused) << damaged;
        EXPECT_NE(refused.error().find("ports.json is damaged"), std::string::npos) << refused.error();
    }
}

}  // namespace
}  // namespace wasmbed::cli
