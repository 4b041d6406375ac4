#include "services/gateway/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wasmbed::gateway {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

TEST(Metrics, text_names_each_count_once_with_its_type) {
    Metrics metrics;
    metrics.messages[Metrics::kLog] = 7;
    metrics.sessions_closed["peer_silent"] = 2;
    metrics.refusals.note(Refusal::certificate_expired, "192.0.2.1:1", "");
    const std::string text = metrics_text(metrics, {.handshakes_done = 3, .open = 5}, 4);
    EXPECT_THAT(text, HasSubstr("# TYPE wasmbed_gateway_sessions gauge\nwasmbed_gateway_sessions 4\n"));
    EXPECT_THAT(text, HasSubstr("wasmbed_gateway_connections 5\n"));
    EXPECT_THAT(text, HasSubstr("wasmbed_gateway_handshakes_total{result=\"done\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("wasmbed_gateway_messages_total{type=\"log\"} 7\n"));
    EXPECT_THAT(text, HasSubstr("wasmbed_gateway_sessions_closed_total{reason=\"peer_silent\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("wasmbed_gateway_refusals_total{reason=\"certificate_expired\"} 1\n"));
}

TEST(Metrics, histogram_buckets_are_cumulative) {
    DurationHistogram histogram;
    histogram.observe(2ms);
    histogram.observe(200ms);
    histogram.observe(1h);
    std::string text;
    histogram.write(text, "h", "help");
    EXPECT_THAT(text, HasSubstr("h_bucket{le=\"0.001\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("h_bucket{le=\"0.0025\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("h_bucket{le=\"0.5\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("h_bucket{le=\"30\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("h_bucket{le=\"+Inf\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("h_count 3\n"));
}

}  // namespace
}  // namespace wasmbed::gateway
