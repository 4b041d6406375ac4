#include <cstdint>
#include <gtest/gtest.h>
#include <random>

extern "C" std::uint64_t __udivmoddi4(std::uint64_t dividend, std::uint64_t divisor, std::uint64_t* remainder);

namespace {

void expect_right(std::uint64_t dividend, std::uint64_t divisor) {
    std::uint64_t remainder = 0;
    ASSERT_EQ(__udivmoddi4(dividend, divisor, &remainder), dividend / divisor) << dividend << " / " << divisor;
    ASSERT_EQ(remainder, dividend % divisor) << dividend << " % " << divisor;
}

TEST(Division, is_right_around_powers_of_two) {
    for (unsigned a = 0; a < 64; ++a) {
        for (unsigned b = 0; b < 64; ++b) {
            for (const int da : {-1, 0, 1}) {
                for (const int db : {-1, 0, 1}) {
                    const std::uint64_t divisor = (std::uint64_t{1} << b) + static_cast<std::uint64_t>(db);
                    if (divisor != 0) expect_right((std::uint64_t{1} << a) + static_cast<std::uint64_t>(da), divisor);
                }
            }
        }
    }
    expect_right(UINT64_MAX, UINT64_MAX);
    expect_right(UINT64_MAX, 1);
    expect_right(UINT64_MAX, 0xFFFF);
    expect_right(UINT64_MAX, 0x10000);
}

TEST(Division, is_right_for_random_numbers_of_every_width) {
    std::mt19937_64 random{1};
    for (int i = 0; i < 1'000'000; ++i) {
        const std::uint64_t dividend = random() >> (random() % 64);
        const std::uint64_t divisor = random() >> (random() % 64);
        if (divisor != 0) expect_right(dividend, divisor);
    }
}

}  // namespace
