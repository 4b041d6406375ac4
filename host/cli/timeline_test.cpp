#include "host/cli/timeline.hpp"

#include <gtest/gtest.h>

namespace wasmbed::cli {
namespace {

json::value record(std::string_view text) {
    auto parsed = parse_json(text);
    EXPECT_TRUE(parsed) << text;
    return *parsed;
}

std::string text_of(const std::vector<TimelineLine>& lines) {
    std::string text;
    for (const TimelineLine& line : lines) text += line.source + "| " + line.text + "\n";
    return text;
}

TEST(ConsoleLineTest, is_taken_apart) {
    auto line = parse_console_line("[     1.234] info boot: entropy ready");
    ASSERT_TRUE(line);
    EXPECT_EQ(line->uptime_ms, 1234);
    EXPECT_EQ(line->level, "info");
    EXPECT_EQ(line->source, "boot");
    EXPECT_EQ(line->text, "entropy ready");
    EXPECT_FALSE(parse_console_line("qemu-system-arm: bad option"));
    EXPECT_FALSE(parse_console_line("[x] info boot: y"));
    EXPECT_FALSE(parse_console_line("[1.2"));
}

TEST(TimelineTest, console_is_shown_until_the_link_is_up_and_nothing_twice) {
    Timeline timeline;
    EXPECT_EQ(text_of(timeline.on_console_line("[     0.010] info boot: entropy ready\r")), "boot| entropy ready\n");
    EXPECT_EQ(text_of(timeline.on_record(
                  record(R"({"kind":"session","state":"connected","cipher":"TLSv1.3 X","address":"127.0.0.1:9"})"))),
              "gateway| TLS connected, TLSv1.3 X, from 127.0.0.1:9\n");
    EXPECT_EQ(text_of(timeline.on_record(
                  record(R"({"kind":"log","app":"boot","uptimeMs":11,"level":"info","text":"entropy ready"})"))),
              "");
    EXPECT_EQ(text_of(timeline.on_console_line("[     0.020] info hello: hi")), "");
    EXPECT_EQ(
        text_of(timeline.on_record(record(R"({"kind":"log","app":"hello","uptimeMs":20,"level":"info","text":"hi"})"))),
        "hello| hi\n");
    EXPECT_EQ(timeline.last_console_lines().size(), 2u);
}

TEST(TimelineTest, a_new_start_shows_the_same_uptime_again) {
    Timeline timeline;
    const auto started = record(R"({"event":"started","program":"qemu-system-arm","pid":7})");
    EXPECT_EQ(text_of(timeline.on_emulator_event(started)), "emulator| QEMU started: qemu-system-arm, process 7\n");
    EXPECT_NE(text_of(timeline.on_console_line("[     0.010] info boot: banner")), "");
    EXPECT_EQ(text_of(timeline.on_console_line("[     0.010] info boot: banner")), "");
    timeline.on_emulator_event(started);
    EXPECT_NE(text_of(timeline.on_console_line("[     0.010] info boot: banner")), "");
}

TEST(TimelineTest, only_changes_of_a_report_are_shown) {
    Timeline timeline;
    const auto running = record(
        R"({"kind":"report","apps":[{"name":"blink","state":"Running","reason":""},{"name":"hello","state":"Failed","reason":"Trap"}]})");
    EXPECT_EQ(text_of(timeline.on_record(running)),
              "device| reports blink: Running\ndevice| reports hello: Failed (Trap)\n");
    EXPECT_EQ(text_of(timeline.on_record(running)), "");
}

TEST(TimelineTest, what_a_device_sends_again_is_counted_once) {
    Timeline timeline;
    const auto led = record(R"({"kind":"event","bootId":"b","seq":9,"event":"led","app":"blink","index":0,"value":1})");
    EXPECT_EQ(timeline.on_record(led).size(), 1u);
    EXPECT_EQ(timeline.on_record(led).size(), 0u);
    const auto next_boot =
        record(R"({"kind":"event","bootId":"c","seq":2,"event":"led","app":"blink","index":0,"value":1})");
    EXPECT_EQ(timeline.on_record(next_boot).size(), 1u);
}

TEST(TimelineTest, work_is_done_only_when_the_device_reported_all_of_it) {
    Timeline timeline;
    EXPECT_EQ(timeline.missing().size(), 3u);
    timeline.on_record(record(R"({"kind":"report","apps":[{"name":"hello","state":"Completed"}]})"));
    timeline.on_record(record(R"({"kind":"log","app":"blink","uptimeMs":5,"level":"info","text":"blink 1"})"));
    const auto led = record(R"({"kind":"event","event":"led","app":"blink","index":0,"value":1})");
    EXPECT_EQ(text_of(timeline.on_record(led)), "blink| LED 0 on\n");
    EXPECT_EQ(timeline.missing(), std::vector<std::string>{"LED changes by `blink` (seen 1 of 2)"});
    timeline.on_record(led);
    EXPECT_TRUE(timeline.missing().empty());
}

}  // namespace
}  // namespace wasmbed::cli
