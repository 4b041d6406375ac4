#include "services/emulator/fleet.hpp"

#include <gtest/gtest.h>

namespace wasmbed::emulator {
namespace {

TEST(Fleet, a_board_runs_while_its_device_asks_for_emulation) {
    EXPECT_TRUE(wants_emulation({{"spec", {{"emulation", {{"enabled", true}}}}}}));
    EXPECT_FALSE(wants_emulation({{"spec", {{"emulation", {{"enabled", false}}}}}}));
    EXPECT_FALSE(wants_emulation({{"spec", {{"board", "sim"}}}}));
}

// It goes only once it said that its apps are removed: a board that is stopped before never does.
TEST(Fleet, a_board_runs_on_while_its_device_is_being_deleted) {
    EXPECT_TRUE(wants_emulation({{"metadata", {{"deletionTimestamp", "2026-11-21T16:00:00Z"}}},
                                 {"spec", {{"emulation", {{"enabled", true}}}}}}));
}

}  // namespace
}  // namespace wasmbed::emulator
