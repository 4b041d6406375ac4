// What every hal::Clock, hal::Idle and hal::LedBank must do. Instantiate like StoreContract, with
//     struct MyHarness { hal::Clock& clock(); hal::Idle& idle(); hal::LedBank* leds(); };
#pragma once

#include <gtest/gtest.h>

#include "device/hal/contract/checks.hpp"

namespace wasmbed::hal {

template <class Harness>
class BasicContract : public testing::Test {
  protected:
    Harness harness_;
};
TYPED_TEST_SUITE_P(BasicContract);

TYPED_TEST_P(BasicContract, clock_never_goes_back) {
    EXPECT_STREQ(check_clock(this->harness_.clock()), nullptr);
}

TYPED_TEST_P(BasicContract, idle_ends_by_its_deadline_and_not_later_than_a_generous_limit) {
    EXPECT_STREQ(check_idle(this->harness_.clock(), this->harness_.idle()), nullptr);
}

TYPED_TEST_P(BasicContract, leds_show_what_was_set_and_refuse_numbers_that_do_not_exist) {
    LedBank* leds = this->harness_.leds();
    if (leds == nullptr) GTEST_SKIP() << "the board has no LEDs";
    EXPECT_STREQ(check_leds(*leds), nullptr);
}

REGISTER_TYPED_TEST_SUITE_P(BasicContract, clock_never_goes_back,
                            idle_ends_by_its_deadline_and_not_later_than_a_generous_limit,
                            leds_show_what_was_set_and_refuse_numbers_that_do_not_exist);

}  // namespace wasmbed::hal
