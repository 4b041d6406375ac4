#include "host/cli/data_format.hpp"

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>

namespace wasmbed::cli {
namespace {

namespace fs = std::filesystem;

class DataFormat : public testing::Test {
  protected:
    void SetUp() override { ASSERT_NE(::mkdtemp(directory_.data()), nullptr); }
    void TearDown() override { fs::remove_all(directory_); }
    void write(const char* name, const std::string& text) { std::ofstream(fs::path(directory_) / name) << text; }
    std::string read(const char* name) {
        std::ifstream file(fs::path(directory_) / name);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    std::string directory_ = testing::TempDir() + "wasmbed-format-XXXXXX";
};

TEST_F(DataFormat, is_recorded_in_a_new_folder_and_in_one_of_before_there_were_formats) {
    write("ports.json", "{}");
    ASSERT_TRUE(check_data_format(directory_));
    EXPECT_FALSE(fs::exists(fs::path(directory_) / "format")) << "looking must change nothing";
    ASSERT_TRUE(settle_data_format(directory_, "1.2.3"));
    EXPECT_EQ(read("format"), "{\"format\":1,\"writtenBy\":\"1.2.3\"}\n");
    ASSERT_TRUE(settle_data_format(directory_, "9.9.9"));
    EXPECT_EQ(read("format"), "{\"format\":1,\"writtenBy\":\"1.2.3\"}\n");
}

TEST_F(DataFormat, newer_and_unreadable_ones_are_refused_untouched) {
    const std::string newer = "{\"format\": 2, \"writtenBy\": \"3.0.0\"}";
    write("format", newer);
    const auto refused = check_data_format(directory_);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().find("has data format 2, written by wasmbed 3.0.0"), std::string::npos);
    EXPECT_EQ(read("format"), newer);
    write("format", "garbage");
    EXPECT_NE(check_data_format(directory_).error().find("format is damaged"), std::string::npos);
}

TEST_F(DataFormat, devices_without_the_database_of_their_objects_are_refused) {
    fs::create_directories(fs::path(directory_) / "devices" / "ns");
    EXPECT_NE(check_data_format(directory_).error().find("apiserver.db is missing"), std::string::npos);
    write("apiserver.db", "");
    EXPECT_TRUE(check_data_format(directory_));
}

}  // namespace
}  // namespace wasmbed::cli
