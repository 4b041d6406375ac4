#include "device/drivers/serial_session.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace wasmbed::drivers {
namespace {

using Blob = std::vector<std::uint8_t>;

// What is left of `received` after what belongs to no new session.
Blob accepted(const Blob& received, std::size_t read_size = 64) {
    SessionStart start;
    Blob rest;
    for (const std::uint8_t byte : received) {
        if (start.found()) {
            rest.push_back(byte);
            continue;
        }
        start.take(byte);
        if (!start.found()) continue;
        Blob part(read_size);
        for (std::size_t count; (count = start.read(part)) > 0;)
            rest.insert(rest.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(count));
    }
    return rest;
}

TEST(SessionStart, lets_a_server_hello_and_all_that_follows_through) {
    const Blob answer{22, 3, 3, 0, 90, 2, 0, 0, 86, 3, 3, 1, 2, 3};
    EXPECT_EQ(accepted(answer), answer);
    EXPECT_EQ(accepted(answer, 1), answer);
}

TEST(SessionStart, lets_an_alert_in_the_clear_through) {
    const Blob refusal{21, 3, 3, 0, 2, 2, 40};
    EXPECT_EQ(accepted(refusal), refusal);
    const Blob hang_up{21, 3, 3, 0, 2, 1, 0};
    EXPECT_EQ(accepted(hang_up), hang_up);
}

TEST(SessionStart, skips_records_of_an_earlier_session_whole_and_cut) {
    const Blob answer{22, 3, 3, 0, 90, 2, 9, 9};
    for (const Blob& before : {Blob{23, 3, 3, 0, 3, 7, 7, 7}, Blob{7, 22, 3}, Blob{22, 3, 3, 0, 90, 11}, Blob{22, 22},
                               Blob{21, 3, 3, 0, 2}, Blob{22, 3, 3, 22, 3, 3, 0}}) {
        Blob received = before;
        received.insert(received.end(), answer.begin(), answer.end());
        EXPECT_EQ(accepted(received), answer);
    }
}

TEST(SessionStart, begins_anew_after_a_reset) {
    SessionStart start;
    for (const std::uint8_t byte : {22, 3, 3, 0, 90, 2}) start.take(byte);
    EXPECT_TRUE(start.found());
    start.reset();
    EXPECT_FALSE(start.found());
}

}  // namespace
}  // namespace wasmbed::drivers
