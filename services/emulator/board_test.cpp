#include "services/emulator/board.hpp"

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

#include "host/process/pid_file.hpp"
#include "services/emulator/board_store.hpp"

namespace wasmbed::emulator {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

// A board whose "firmware" is a shell script, run as a process: what is tested is the supervision, which is the same
// for QEMU.
class BoardTest : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_NE(::mkdtemp(directory_.data()), nullptr);
        fs::create_directories(firmware());
        std::ofstream(firmware() / "toy.emulator.json")
            << R"({"kind": "process", "hostAddress": "127.0.0.1", "args": ["{store}"],
                   "store": {"bytes": 8192, "factoryOffset": 4096, "factoryBytes": 4096}, "firmware": "sh"})";
    }
    void TearDown() override {
        if (board_) {
            TaskGroup group(io_);
            group.spawn("stop", board_->stop());
            run_until([&] { return group.size() == 0; });
        }
        board_.reset();
        fs::remove_all(directory_);
    }

    fs::path firmware() const { return fs::path(directory_) / "firmware"; }
    fs::path folder() const { return fs::path(directory_) / "devices" / "ns" / "toy-1"; }
    void write_firmware(const std::string& script) {
        std::ofstream(firmware() / "toy.sh") << "#!/bin/sh\n" << script << "\n";
        fs::permissions(firmware() / "toy.sh", fs::perms::owner_all);
    }
    void start(const std::string& uid = "uid-1", const std::string& board = "toy") {
        FactoryData factory = [this](Recipe, std::function<void(std::string)>) { return make_factory(provisioned_); };
        board_ = std::make_unique<EmulatedBoard>(io_, BoardIdentity{"ns", "toy-1", uid, board, folder()}, firmware(),
                                                 std::move(factory), SerialEndpoint(), [] {});
        board_->start();
    }
    static Task<Result<std::vector<std::uint8_t>, std::string>> make_factory(int& count) {
        ++count;
        co_return std::vector<std::uint8_t>{'F', 'A', 'C', 'T'};
    }
    void run_until(const std::function<bool()>& condition) {
        const auto limit = SteadyClock::now() + seconds(20);
        io_.restart();
        while (!condition()) {
            ASSERT_LT(SteadyClock::now(), limit) << "state " << name_of(board_->status().state) << " '"
                                                 << board_->status().message << "', console: " << console();
            io_.run_one_for(milliseconds(20));
        }
    }
    template <class T>
    T await(Task<T> task) {
        std::optional<T> result;
        TaskGroup group(io_);
        group.spawn("await", [](Task<T> work, std::optional<T>& out) -> Task<> {
            out = co_await std::move(work);
        }(std::move(task), result));
        run_until([&] { return group.size() == 0; });
        return std::move(*result);
    }
    std::string console() const {
        std::ostringstream text;
        text << std::ifstream(folder() / "console.log").rdbuf();
        return text.str();
    }
    bool console_has(const std::string& text) const { return console().find(text) != std::string::npos; }
    std::vector<std::string> events() {
        std::vector<std::string> names;
        json::value event;
        for (std::uint64_t position = 0; board_->events().read(position, event);)
            names.emplace_back(json_string(event, {"event"}));
        return names;
    }

    std::string directory_ = testing::TempDir() + "wasmbed-board-XXXXXX";
    IoContext io_;
    int provisioned_ = 0;
    std::unique_ptr<EmulatedBoard> board_;
};

constexpr char kTalkative[] = "echo up $1; tail -c +4097 $1 | head -c 4; while read line; do echo heard $line; done";

TEST_F(BoardTest, provisions_once_and_runs_in_its_folder) {
    write_firmware(kTalkative);
    start();
    run_until([&] { return console_has("up " + (folder() / "store.img").string() + "\nFACT"); });
    EXPECT_EQ(board_->status().state, BoardStatus::State::running);
    EXPECT_EQ(read_pid_file(folder() / "pid")->pid, board_->status().pid);
    EXPECT_EQ(fs::file_size(folder() / "store.img"), 8192u);
    EXPECT_EQ(fs::status(folder() / "store.img").permissions(), fs::perms::owner_read | fs::perms::owner_write);

    board_->power_off();
    run_until([&] { return board_->status().state == BoardStatus::State::stopped; });
    board_->power_on();
    TaskGroup group(io_);
    group.spawn("await start", board_->await_start(seconds(20)));
    run_until([&] { return group.size() == 0; });
    EXPECT_EQ(board_->status().state, BoardStatus::State::running);
    EXPECT_EQ(provisioned_, 1);
    EXPECT_EQ(events(), (std::vector<std::string>{"provisioned", "started", "exited", "started"}));
}

TEST_F(BoardTest, a_new_uid_gets_a_new_store) {
    write_firmware("echo used >> $1; exec sleep 1000");
    start("uid-1");
    run_until([&] { return fs::exists(folder() / "store.img") && fs::file_size(folder() / "store.img") > 8192; });
    TaskGroup group(io_);
    group.spawn("stop", board_->stop());
    run_until([&] { return group.size() == 0; });
    write_firmware(kTalkative);
    start("uid-2");
    run_until([&] { return console_has("FACT"); });
    EXPECT_EQ(provisioned_, 2);
    EXPECT_EQ(fs::file_size(folder() / "store.img"), 8192u);
}

TEST_F(BoardTest, restarts_after_a_crash_and_says_how_it_ended) {
    write_firmware("echo run; kill -SEGV $$");
    start();
    run_until([&] { return console_has("run\nrun\n"); });
    json::value event;
    std::uint64_t position = 2;
    ASSERT_TRUE(board_->events().read(position, event));
    EXPECT_EQ(json_string(event, {"how"}), "signal 11 (Segmentation fault)");
}

TEST_F(BoardTest, a_program_that_ends_again_and_again_is_a_failure_and_goes_on_being_tried) {
    write_firmware("echo run; exit 3");
    start();
    run_until([&] { return board_->status().reason == "CrashLoopBackOff"; });
    EXPECT_EQ(board_->status().state, BoardStatus::State::failed);
    EXPECT_NE(board_->status().message.find("3 times in a row soon after its start, last with exit code 3"),
              std::string::npos)
        << board_->status().message;
    run_until([&] { return console_has("run\nrun\nrun\nrun\n"); });
    write_firmware(kTalkative);
    run_until([&] { return console_has("up"); });
}

TEST_F(BoardTest, typed_text_reaches_the_board) {
    write_firmware(kTalkative);
    start();
    run_until([&] { return console_has("up"); });
    auto typed = await(board_->input().write("one", "hello\n", OpContext::within(seconds(10))));
    ASSERT_TRUE(typed) << typed.error();
    run_until([&] { return console_has("heard hello"); });
    EXPECT_EQ(await(board_->input().write("other", "me too\n", OpContext::within(seconds(10)))).error(),
              "somebody else is typing; try again in some seconds");
    EXPECT_TRUE(await(board_->input().write("one", "still me\n", OpContext::within(seconds(10)))));
    run_until([&] { return console_has("heard still me"); });
    EXPECT_FALSE(console_has("me too"));
}

TEST_F(BoardTest, typing_into_a_board_that_is_off_is_an_error) {
    write_firmware(kTalkative);
    start();
    run_until([&] { return console_has("up"); });
    board_->power_off();
    run_until([&] { return board_->status().state == BoardStatus::State::stopped; });
    EXPECT_EQ(await(board_->input().write("one", "x", OpContext::within(seconds(10)))).error(), "the board is off");
    EXPECT_EQ(await(board_->reset(OpContext::within(seconds(10)))).error(), "the board is off");
}

TEST_F(BoardTest, unknown_board_fails_with_the_reason) {
    start("uid-1", "esp32");
    run_until([&] { return board_->status().state == BoardStatus::State::failed; });
    EXPECT_EQ(board_->status().message.substr(0, 36), "board 'esp32' cannot be emulated; bo");
    EXPECT_EQ(board_->status().reason, "BoardNotUsable");
    EXPECT_FALSE(fs::exists(folder()));
}

TEST_F(BoardTest, missing_and_old_programs_fail_with_the_remedy) {
    write_firmware("");
    const auto recipe = [&](const std::string& binary) {
        std::ofstream(firmware() / "toy.emulator.json")
            << R"({"kind": "qemu", "binary": ")" << binary
            << R"(", "minVersion": "7.2", "hostAddress": "127.0.0.1", "args": [],
                   "store": {"bytes": 8192, "factoryOffset": 0, "factoryBytes": 4096}, "firmware": "sh"})";
    };
    recipe("no-such-qemu");
    start();
    run_until([&] { return board_->status().state == BoardStatus::State::failed; });
    EXPECT_EQ(board_->status().message, "cannot start no-such-qemu: No such file or directory");
    EXPECT_EQ(board_->status().reason, "EmulatorNotUsable");

    const fs::path old = firmware() / "old-qemu";
    std::ofstream(old) << "#!/bin/sh\necho QEMU emulator version 5.2.0\n";
    fs::permissions(old, fs::perms::owner_all);
    recipe(old.string());
    board_->power_on();
    run_until([&] {
        return board_->status().message.find("is version 5.2.0, this board needs 7.2 or later") != std::string::npos;
    });
}

TEST_F(BoardTest, ends_the_process_of_an_emulator_that_was_killed) {
    write_firmware(kTalkative);
    start();
    run_until([&] { return console_has("up"); });
    TaskGroup group(io_);
    group.spawn("stop", board_->stop());
    run_until([&] { return group.size() == 0; });

    auto leftover = spawn({.argv = {"/bin/sleep", "1000"}});
    ASSERT_TRUE(leftover);
    ASSERT_TRUE(write_pid_file(folder() / "pid", leftover->pid()));
    start();
    run_until([&] { return board_->status().state == BoardStatus::State::running; });
    ExitStatus status;
    ASSERT_TRUE(leftover->wait(20'000, &status));
    EXPECT_TRUE(status.signalled);
    EXPECT_EQ(provisioned_, 1);
}

TEST_F(BoardTest, a_process_is_told_how_its_link_and_its_clock_are) {
    std::ofstream(firmware() / "toy.emulator.json")
        << R"({"kind": "process", "hostAddress": "127.0.0.1", "args": ["{surroundings}"],
               "store": {"bytes": 8192, "factoryOffset": 4096, "factoryBytes": 4096}, "firmware": "sh"})";
    write_firmware("trap 'echo told $(cat $1)' URG; echo up; while :; do sleep 0.05; done");
    start();
    run_until([&] { return console_has("up"); });
    const auto within = [] { return OpContext::within(seconds(10)); };
    EXPECT_EQ(await(board_->set_clock(true)).error(),
              "a fast clock needs a cut link, since nothing outside keeps up with it: wasmbed device link cut toy-1");
    EXPECT_TRUE(await(board_->set_link(true, milliseconds(20), within())));
    run_until([&] { return console_has("told delay 20"); });
    EXPECT_TRUE(await(board_->set_link(false, milliseconds(0), within())));
    EXPECT_TRUE(await(board_->set_clock(true)));
    run_until([&] { return console_has("told link cut clock 100"); });
    EXPECT_TRUE(await(board_->set_link(true, milliseconds(0), within())));
    EXPECT_FALSE(board_->surroundings().fast_clock) << "ends with the cut";
    EXPECT_EQ(await(board_->set_sensor("temperature", 1, within())).error(),
              "the board has no sensor 'temperature'; it has: none");
}

TEST_F(BoardTest, console_log_is_cut_at_its_limit_and_viewers_go_on) {
    // A line that is written in the very moment of the cut may be lost, or come before what is kept: it is said again.
    write_firmware("yes 0123456789abcdef | head -c 8000000; echo; while echo last line; do sleep 0.1; done");
    start();
    run_until([&] { return console_has("last line"); });
    run_until([&] { return fs::file_size(folder() / "console.log") <= ConsoleLog::kLimitBytes; });
    std::uint64_t position = 0;
    std::string seen;
    for (std::string part = board_->console().read(position); !part.empty(); part = board_->console().read(position))
        seen += part;
    EXPECT_TRUE(seen.ends_with("last line\n"));
    EXPECT_EQ(position, board_->console().end());
}

}  // namespace
}  // namespace wasmbed::emulator
