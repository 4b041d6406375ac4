#include "core/base/log.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace wasmbed {
namespace {

struct Lines : LogSink {
    void write(LogLevel level, std::string_view source, std::string_view text) override {
        EXPECT_EQ(source, "");
        lines.push_back(std::string(log_level_name(level)) + ": " + std::string(text));
    }
    std::vector<std::string> lines;
};

TEST(Log, writes_message_and_fields) {
    Lines sink;
    Log log(sink);
    const std::uint8_t id[] = {0xab, 0x01};
    log.warn("frame over the limit", {{"bytes", 70000U}, {"delta", -3}, {"peer", "a"}, {"boot", Bytes(id)}});
    EXPECT_EQ(sink.lines, std::vector<std::string>{"warn: frame over the limit bytes=70000 delta=-3 peer=a boot=ab01"});
}

TEST(Log, leaves_out_what_is_more_detailed_than_asked) {
    Lines sink;
    Log log(sink, LogLevel::warn);
    log.info("no");
    log.error("yes");
    EXPECT_EQ(sink.lines, std::vector<std::string>{"error: yes"});
}

TEST(Log, cuts_a_line_that_is_too_long) {
    Lines sink;
    Log(sink).info(std::string(500, 'x'));
    EXPECT_EQ(sink.lines.at(0).size(), Log::kLineBytes + 6);
}

}  // namespace
}  // namespace wasmbed
