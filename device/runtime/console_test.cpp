// What is typed into the console is answered by the device.
#include <gtest/gtest.h>

#include "device/runtime/testing/runtime_fixture.hpp"

namespace wasmbed::testing {
namespace {

class ConsoleTest : public RuntimeTest {
  protected:
    bool answers(const std::string& typed, const std::string& answer) {
        console_.typed += typed;
        return until([&] { return said(answer); });
    }
};

TEST_F(ConsoleTest, says_what_it_is_and_what_runs) {
    gateway_.want(spec("hello"));
    ASSERT_TRUE(until_state("uid-hello", proto::AppState::completed));
    EXPECT_TRUE(answers("info\r\n", "> info\r\nwasmbed 1.2.3 on test-board, up ")) << console_.text;
    EXPECT_TRUE(said(" ms after power-on, ns/board-1, connected\r\n")) << console_.text;
    EXPECT_TRUE(answers("apps\n", "> apps\r\nhello: Completed, restarts 0\r\n")) << console_.text;
}

TEST_F(ConsoleTest, says_which_commands_there_are) {
    EXPECT_TRUE(answers("dance\n", "> dance\r\nno such command; there are: info, apps, reset, help\r\n"));
    EXPECT_TRUE(answers("hellp\x7F\x7Fp\n", "> help\r\ninfo, apps, reset, help\r\n")) << console_.text;
    EXPECT_TRUE(answers("apps\n", "no apps")) << console_.text;
}

TEST_F(ConsoleTest, takes_lines_of_any_length_and_bytes_of_any_kind) {
    console_.typed = std::string(1000, 'x') + "\n\n\x01\x02\xFF\n";
    EXPECT_TRUE(answers("info\n", "> info\r\n")) << console_.text;
}

TEST_F(ConsoleTest, resets_when_told) {
    console_.typed = "reset\n";
    EXPECT_EXIT(until([] { return false; }), ::testing::ExitedWithCode(ExitReset::kExitCode), "");
}

}  // namespace
}  // namespace wasmbed::testing
