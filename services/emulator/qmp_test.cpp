#include "services/emulator/qmp.hpp"

#include <cstdlib>
#include <gtest/gtest.h>
#include <optional>

#include "host/base/task_group.hpp"
#include "host/process/spawn.hpp"

namespace wasmbed::emulator {
namespace {

using std::chrono::seconds;

TEST(MemoryDump, reads_words_over_several_lines) {
    auto words = parse_memory_dump("0000000040028000: 0x00000001 0xdeadbeef\r\n0000000040028008: 0x00000003\r\n", 3);
    ASSERT_TRUE(words) << words.error();
    EXPECT_EQ(*words, (std::vector<std::uint32_t>{1, 0xdeadbeef, 3}));
}

TEST(MemoryDump, anything_else_is_an_error_that_quotes_it) {
    EXPECT_EQ(parse_memory_dump("Cannot access memory\r\n", 1).error(),
              "QEMU's monitor answered: Cannot access memory\r\n");
    EXPECT_FALSE(parse_memory_dump("40028000: 0x1\r\n", 2));
    EXPECT_FALSE(parse_memory_dump("", 1));
}

// Real QEMU, an MPS2 board without firmware: its LED register reads 0 and can be reset.
class QmpTest : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_NE(::mkdtemp(directory_.data()), nullptr);
        auto child = spawn({.argv = {"qemu-system-arm", "-machine", "mps2-an385", "-S", "-display", "none",
                                     "-nodefaults", "-qmp", "unix:qmp.sock,server=on,wait=off"},
                            .directory = directory_});
        ASSERT_TRUE(child) << child.error().text();
        qemu_ = std::move(*child);
        const auto limit = SteadyClock::now() + seconds(20);
        while (!std::filesystem::exists(socket())) ASSERT_LT(SteadyClock::now(), limit);
    }
    void TearDown() override {
        qemu_ = Child();
        std::filesystem::remove_all(directory_);
    }
    std::filesystem::path socket() const { return std::filesystem::path(directory_) / "qmp.sock"; }
    template <class T>
    T await(Task<T> task) {
        std::optional<T> result;
        TaskGroup group(io_);
        group.spawn("await", [](Task<T> work, std::optional<T>& out) -> Task<> {
            out = co_await std::move(work);
        }(std::move(task), result));
        io_.restart();
        io_.run_for(seconds(20));
        if (!result) throw std::runtime_error("no result within the limit");
        return std::move(*result);
    }

    std::string directory_ = testing::TempDir() + "wasmbed-qmp-XXXXXX";
    IoContext io_;
    Child qemu_;
};

TEST_F(QmpTest, reads_a_register_and_resets) {
    auto words = await(qmp_read_words(socket(), 0x40028000, 2, OpContext::within(seconds(10))));
    ASSERT_TRUE(words) << words.error();
    EXPECT_EQ(*words, (std::vector<std::uint32_t>{0, 0}));
    auto reset = await(qmp_reset(socket(), OpContext::within(seconds(10))));
    EXPECT_TRUE(reset) << reset.error();
}

TEST_F(QmpTest, passes_on_what_qemu_objects_to) {
    auto answer = await(qmp_command(socket(), "no-such-command", {}, OpContext::within(seconds(10))));
    ASSERT_FALSE(answer);
    EXPECT_NE(answer.error().find("no-such-command has not been found"), std::string::npos) << answer.error();
}

TEST_F(QmpTest, missing_socket_is_an_error) {
    auto answer = await(qmp_reset(std::filesystem::path(directory_) / "none.sock", OpContext::within(seconds(10))));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error(), "QEMU's monitor: No such file or directory");
}

}  // namespace
}  // namespace wasmbed::emulator
