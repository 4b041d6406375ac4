// What every hal::Clock, hal::Idle and hal::LedBank must do. Instantiate like StoreContract, with
//     struct MyHarness { hal::Clock& clock(); hal::Idle& idle(); hal::LedBank* leds(); };
#pragma once

#include <gtest/gtest.h>

#include "device/hal/clock.hpp"
#include "device/hal/idle.hpp"
#include "device/hal/led_bank.hpp"

namespace wasmbed::hal {

template <class Harness>
class BasicContract : public testing::Test {
  protected:
    Harness harness_;
};
TYPED_TEST_SUITE_P(BasicContract);

TYPED_TEST_P(BasicContract, clock_never_goes_back) {
    std::uint64_t last = this->harness_.clock().now_us();
    for (int i = 0; i < 10000; ++i) {
        const std::uint64_t now = this->harness_.clock().now_us();
        ASSERT_GE(now, last);
        last = now;
    }
}

TYPED_TEST_P(BasicContract, idle_ends_by_its_deadline_and_not_later_than_a_generous_limit) {
    constexpr std::uint64_t kGenerousUs = 10'000'000;
    Clock& clock = this->harness_.clock();
    Idle& idle = this->harness_.idle();
    const std::uint64_t deadline = clock.now_us() + 2000;
    while (clock.now_us() < deadline) idle.wait_until(deadline);
    EXPECT_LT(clock.now_us(), deadline + kGenerousUs);
    idle.wait_until(deadline);  // has passed: must return
    idle.wait_until(0);
}

TYPED_TEST_P(BasicContract, leds_show_what_was_set_and_refuse_numbers_that_do_not_exist) {
    LedBank* leds = this->harness_.leds();
    if (leds == nullptr) GTEST_SKIP() << "the board has no LEDs";
    for (std::size_t i = 0; i < leds->count(); ++i) {
        EXPECT_FALSE(leds->get(i)) << "off at start";
        EXPECT_TRUE(leds->set(i, true));
        for (std::size_t other = 0; other < leds->count(); ++other) EXPECT_EQ(leds->get(other), other == i);
        EXPECT_TRUE(leds->set(i, false));
        EXPECT_FALSE(leds->get(i));
    }
    EXPECT_FALSE(leds->set(leds->count(), true));
    EXPECT_FALSE(leds->get(leds->count()));
}

REGISTER_TYPED_TEST_SUITE_P(BasicContract, clock_never_goes_back,
                            idle_ends_by_its_deadline_and_not_later_than_a_generous_limit,
                            leds_show_what_was_set_and_refuse_numbers_that_do_not_exist);

}  // namespace wasmbed::hal
