#include "services/web/platform_logs.hpp"

#include <fstream>
#include <gmock/gmock.h>

namespace wasmbed::web {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class PlatformLogsTest : public ::testing::Test {
  protected:
    PlatformLogsTest() {
        std::string pattern = (std::filesystem::temp_directory_path() / "wasmbed-logs-XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
    }
    ~PlatformLogsTest() override { std::filesystem::remove_all(folder_); }

    void write(const std::string& role, const std::string& text, std::ios::openmode how = std::ios::app) {
        std::ofstream(folder_ / (role + ".log"), how) << text;
    }
    std::string tail(LogWish wish) {
        wish.tail = wish.tail == 0 ? 100 : wish.tail;
        return PlatformLogs(folder_).tail(wish, read_to_);
    }

    std::filesystem::path folder_;
    PlatformLogs::Positions read_to_;
};

TEST(RoleLines, are_split_into_time_level_and_text) {
    const auto lines = role_lines("2026-11-21T15:00:00.123Z warn  gateway: device refused why=\"a: b\"\n");
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].time, "2026-11-21T15:00:00.123Z");
    EXPECT_EQ(lines[0].level, "warn");
    EXPECT_EQ(lines[0].text, "device refused why=\"a: b\"");
}

TEST(RoleLines, of_another_shape_belong_to_the_line_before) {
    const auto lines = role_lines("2026-11-21T15:00:00.123Z error web: cannot start\nterminate called\n\nlater line\n");
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_EQ(lines[1].time, lines[0].time);
    EXPECT_EQ(lines[1].level, "error");
    EXPECT_EQ(lines[2].text, "later line");
}

TEST_F(PlatformLogsTest, puts_the_lines_of_all_roles_in_order_of_time) {
    write("gateway", "2026-11-21T15:00:01.000Z info  gateway: second\n");
    write("web", "2026-11-21T15:00:00.000Z info  web: first\n2026-11-21T15:00:02.000Z info  web: third\n");
    write("audit", "2026-11-21T15:00:01.500Z info  audit: for administrators\n");
    EXPECT_EQ(tail({}), R"({"time":"2026-11-21T15:00:00.000Z","component":"web","level":"info","text":"first"}
{"time":"2026-11-21T15:00:01.000Z","component":"gateway","level":"info","text":"second"}
{"time":"2026-11-21T15:00:02.000Z","component":"web","level":"info","text":"third"}
)");
    EXPECT_THAT(tail({.tail = 1}), HasSubstr("third"));
    EXPECT_THAT(tail({.tail = 1}), Not(HasSubstr("second")));
}

TEST_F(PlatformLogsTest, filters_by_component_level_text_and_time) {
    write("gateway", "2026-11-21T15:00:01.000Z error gateway: Broken\n2026-11-21T15:00:02.000Z info  gateway: fine\n");
    write("web", "2026-11-21T15:00:01.500Z warn  web: slow\n");
    EXPECT_THAT(tail({.components = {"web"}}), Not(HasSubstr("gateway")));
    EXPECT_THAT(tail({.level = "warn"}), Not(HasSubstr("fine")));
    EXPECT_THAT(tail({.level = "warn"}), HasSubstr("Broken"));
    EXPECT_THAT(tail({.text = "broken"}), Not(HasSubstr("slow")));
    EXPECT_THAT(tail({.text = "broken"}), HasSubstr("Broken"));
    const std::string late = tail({.from = "2026-11-21T15:00:01.200000Z", .to = "2026-11-21T15:00:01.900000Z"});
    EXPECT_THAT(late, HasSubstr("slow"));
    EXPECT_THAT(late, Not(HasSubstr("gateway")));
}

TEST_F(PlatformLogsTest, gives_news_once_and_whole_lines_only) {
    write("web", "2026-11-21T15:00:00.000Z info  web: old\n");
    tail({});
    EXPECT_EQ(PlatformLogs(folder_).news({}, read_to_), "");
    write("web", "2026-11-21T15:00:01.000Z info  web: ne");
    EXPECT_EQ(PlatformLogs(folder_).news({}, read_to_), "");
    write("web", "w\n");
    EXPECT_THAT(PlatformLogs(folder_).news({}, read_to_), HasSubstr("\"new\""));
    EXPECT_EQ(PlatformLogs(folder_).news({}, read_to_), "");
}

TEST_F(PlatformLogsTest, reads_a_file_that_was_begun_anew_from_its_start) {
    write("web", "2026-11-21T15:00:00.000Z info  web: a line of the file that was moved away\n");
    tail({});
    write("web", "2026-11-21T15:00:01.000Z info  web: anew\n", std::ios::trunc);
    EXPECT_THAT(PlatformLogs(folder_).news({}, read_to_), HasSubstr("anew"));
}

TEST(LogWishes, that_make_no_sense_are_refused_in_words) {
    EXPECT_THAT(log_wish_from(net::Query("level=loud")).error(), HasSubstr("\"loud\""));
    EXPECT_THAT(log_wish_from(net::Query("component=audit")).error(), HasSubstr("\"audit\""));
    EXPECT_THAT(log_wish_from(net::Query("tail=-1")).error(), HasSubstr("tail"));
    EXPECT_THAT(log_wish_from(net::Query("from=noon")).error(), HasSubstr("RFC 3339"));
    const auto wish = log_wish_from(net::Query("component=web&component=gateway&from=2026-11-21T16:00:00%2B01:00"));
    ASSERT_TRUE(wish);
    EXPECT_THAT(wish->components, ElementsAre("web", "gateway"));
    EXPECT_EQ(wish->from, "2026-11-21T15:00:00.000000Z");
}

}  // namespace
}  // namespace wasmbed::web
