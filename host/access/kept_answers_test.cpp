#include "host/access/kept_answers.hpp"

#include <gtest/gtest.h>
#include <string>

namespace wasmbed::access {
namespace {

using namespace std::chrono_literals;
using Answers = KeptAnswers<std::string, bool>;
constexpr Answers::Clock::time_point kStart{};

TEST(KeptAnswers, gives_an_answer_until_its_time_is_over) {
    Answers answers{5s, 10};
    EXPECT_EQ(answers.find("a", kStart), nullptr);
    answers.keep("a", false, kStart);
    ASSERT_NE(answers.find("a", kStart + 4s), nullptr);
    EXPECT_FALSE(*answers.find("a", kStart + 4s));
    EXPECT_EQ(answers.find("a", kStart + 5s), nullptr);
    answers.keep("a", true, kStart + 5s);
    EXPECT_TRUE(*answers.find("a", kStart + 9s));
}

TEST(KeptAnswers, keeps_no_more_than_its_limit) {
    Answers answers{5s, 2};
    answers.keep("a", true, kStart);
    answers.keep("b", true, kStart + 1s);
    answers.keep("c", true, kStart + 2s);
    EXPECT_EQ(answers.find("c", kStart + 2s), nullptr);
    EXPECT_NE(answers.find("a", kStart + 2s), nullptr);
    answers.keep("c", true, kStart + 5s);  // the time of "a" is over
    EXPECT_NE(answers.find("c", kStart + 5s), nullptr);
    EXPECT_EQ(answers.find("a", kStart + 5s), nullptr);
}

}  // namespace
}  // namespace wasmbed::access
