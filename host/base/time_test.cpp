#include "host/base/time.hpp"

#include <gtest/gtest.h>

namespace wasmbed {
namespace {

TEST(Time, writes_and_reads_rfc_3339) {
    auto time = parse_rfc3339("2026-11-21T06:35:39.250Z");
    ASSERT_TRUE(time);
    EXPECT_EQ(rfc3339(*time), "2026-11-21T06:35:39Z");
    EXPECT_EQ(rfc3339_micro(*time), "2026-11-21T06:35:39.250000Z");
    EXPECT_EQ(parse_rfc3339("2026-11-21T08:35:39.25+02:00"), time);
}

TEST(Time, refuses_malformed_times) {
    for (auto text : {"", "2026-11-21", "2026-11-21T06:35:39", "2026-13-21T06:35:39Z", "2026-02-30T06:35:39Z",
                      "2026-11-21T24:35:39Z", "2026-11-21T06:35:39.Z", "2026-11-21T06:35:39Zx"}) {
        EXPECT_FALSE(parse_rfc3339(text)) << text;
    }
}

TEST(Time, prints_ages_as_kubectl_does) {
    const std::pair<int, const char*> cases[] = {{0, "0s"},      {119, "119s"},    {120, "2m"},     {200, "3m20s"},
                                                 {600, "10m"},   {10799, "179m"},  {10860, "3h1m"}, {86400, "24h"},
                                                 {172800, "2d"}, {180000, "2d2h"}, {864000, "10d"}};
    for (const auto& [seconds, text] : cases) EXPECT_EQ(human_duration(std::chrono::seconds(seconds)), text);
}

TEST(Time, uuids_are_version_4_and_differ) {
    auto a = random_uuid();
    EXPECT_EQ(a.size(), 36u);
    EXPECT_EQ(a[14], '4');
    EXPECT_NE(a, random_uuid());
}

}  // namespace
}  // namespace wasmbed
