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

// Real QEMU, an MPS2 board without firmware and with a temperature sensor.
class QmpTest : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_NE(::mkdtemp(directory_.data()), nullptr);
        auto child = spawn(
            {.argv = {"qemu-system-arm", "-machine", "mps2-an385", "-S", "-display", "none", "-nodefaults", "-device",
                      "tmp105,id=temperature,address=0x48", "-qmp", "unix:qmp.sock,server=on,wait=off"},
             .directory = directory_});
        ASSERT_TRUE(child) << child.error().text();
        qemu_ = std::move(*child);
        tasks_.spawn("session", session_.run(std::filesystem::path(directory_) / "qmp.sock"));
    }
    void TearDown() override {
        qemu_ = Child();
        run_until([&] { return tasks_.size() == 0; });
        std::filesystem::remove_all(directory_);
    }
    void run_until(const std::function<bool()>& condition) {
        const auto limit = SteadyClock::now() + seconds(20);
        io_.restart();
        while (!condition()) {
            if (SteadyClock::now() > limit) throw std::runtime_error("no result within the limit");
            io_.run_one_for(std::chrono::milliseconds(20));
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
    Result<json::value, std::string> execute(std::string command, json::object arguments = {}) {
        return await(session_.execute(std::move(command), std::move(arguments), OpContext::within(seconds(10))));
    }

    std::string directory_ = testing::TempDir() + "wasmbed-qmp-XXXXXX";
    IoContext io_;
    TaskGroup tasks_{io_};
    std::vector<std::string> events_;
    QmpSession session_{io_, [this](const json::value& event) { events_.emplace_back(json_string(event, {"event"})); }};
    Child qemu_;
};

TEST_F(QmpTest, reads_a_register_sets_a_sensor_and_is_told_of_a_reset) {
    auto words = await(qmp_read_words(session_, 0x40028000, 2, OpContext::within(seconds(10))));
    ASSERT_TRUE(words) << words.error();
    EXPECT_EQ(*words, (std::vector<std::uint32_t>{0, 0}));

    const json::object place{{"path", "/machine/peripheral/temperature"}, {"property", "temperature"}};
    json::object wanted = place;
    wanted["value"] = 36500;
    ASSERT_TRUE(execute("qom-set", wanted));
    EXPECT_EQ(*execute("qom-get", place), 36500);

    ASSERT_TRUE(execute("system_reset"));
    run_until([&] { return !events_.empty(); });
    EXPECT_EQ(events_, std::vector<std::string>{"RESET"});
}

TEST_F(QmpTest, passes_on_what_qemu_objects_to) {
    auto answer = execute("no-such-command");
    ASSERT_FALSE(answer);
    EXPECT_NE(answer.error().find("no-such-command has not been found"), std::string::npos) << answer.error();
}

TEST_F(QmpTest, commands_to_a_machine_that_ended_fail) {
    ASSERT_TRUE(execute("query-status"));
    qemu_ = Child();
    run_until([&] { return tasks_.size() == 0; });
    EXPECT_EQ(execute("query-status").error(), "the board is off");
}

}  // namespace
}  // namespace wasmbed::emulator
