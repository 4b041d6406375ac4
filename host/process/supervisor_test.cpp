#include "host/process/supervisor.hpp"

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

namespace wasmbed {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class SupervisorTest : public testing::Test {
  protected:
    void SetUp() override { ASSERT_NE(::mkdtemp(directory_.data()), nullptr); }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    std::filesystem::path log() const { return std::filesystem::path(directory_) / "role.log"; }
    std::string logged() const {
        std::ostringstream text;
        text << std::ifstream(log()).rdbuf();
        return text.str();
    }
    Program shell(const std::string& name, const std::string& script) const {
        return {.name = name, .argv = {"/bin/sh", "-c", script}, .log = log()};
    }
    // Runs the loop until `condition` holds.
    void run_until(const std::function<bool()>& condition) {
        const auto limit = SteadyClock::now() + seconds(20);
        io_.restart();
        while (!condition()) {
            ASSERT_LT(SteadyClock::now(), limit) << "condition not reached; log: " << logged();
            io_.run_one_for(milliseconds(20));
        }
    }
    void stop(Supervisor& supervisor, milliseconds grace) {
        TaskGroup group(io_);
        bool stopped = false;
        group.spawn("stop", [](Supervisor& s, milliseconds g, bool& done) -> Task<> {
            co_await s.stop(g);
            done = true;
        }(supervisor, grace, stopped));
        run_until([&] { return stopped && group.size() == 0; });
    }

    std::string directory_ = testing::TempDir() + "wasmbed-supervisor-XXXXXX";
    IoContext io_;
};

TEST_F(SupervisorTest, restarts_a_program_that_ended) {
    Supervisor supervisor(io_, nullptr);
    ASSERT_TRUE(supervisor.add(shell("a", "echo run; exit 3")));
    run_until([&] { return supervisor.ends_of("a") >= 2; });
    stop(supervisor, seconds(5));
    EXPECT_TRUE(logged().starts_with("run\nrun\n")) << logged();
}

TEST_F(SupervisorTest, tells_the_listener_how_a_program_ended) {
    std::string heard;
    Supervisor supervisor(io_, [&](const std::string& name, bool running, const std::string& text) {
        if (!running && heard.empty()) heard = name + ": " + text;
    });
    ASSERT_TRUE(supervisor.add(shell("a", "exit 3")));
    run_until([&] { return !heard.empty(); });
    stop(supervisor, seconds(5));
    EXPECT_EQ(heard, "a: exit code 3");
}

TEST_F(SupervisorTest, stops_last_added_first_and_lets_it_finish) {
    Supervisor supervisor(io_, nullptr);
    for (const std::string name : {"first", "second"}) {
        ASSERT_TRUE(supervisor.add(shell(name, "exec 2>/dev/null; trap 'echo end " + name +
                                                   "; exit 0' TERM; echo up; while :; do sleep 0.02; done")));
    }
    run_until([&] { return logged() == "up\nup\n"; });
    stop(supervisor, seconds(20));
    EXPECT_EQ(logged(), "up\nup\nend second\nend first\n");
}

TEST_F(SupervisorTest, kills_a_program_that_ignores_the_request) {
    Supervisor supervisor(io_, nullptr);
    ASSERT_TRUE(supervisor.add(shell("stubborn", "trap '' TERM; echo up; while :; do sleep 0.02; done")));
    run_until([&] { return logged() == "up\n"; });
    stop(supervisor, milliseconds(50));
    EXPECT_EQ(supervisor.ends_of("stubborn"), -1);
}

TEST_F(SupervisorTest, program_that_cannot_be_executed_is_an_error) {
    Supervisor supervisor(io_, nullptr);
    auto added = supervisor.add({.name = "a", .argv = {"/no/such/program"}, .log = log()});
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, ENOENT);
}

}  // namespace
}  // namespace wasmbed
