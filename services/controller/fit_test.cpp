#include "services/controller/fit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/controller/testing/objects.hpp"

namespace wasmbed::controller {
namespace {

using ::testing::HasSubstr;

fleet::Device device_with(const char* name, std::int64_t ram, std::int64_t flash, std::int64_t module_bytes) {
    fleet::Device device = testing::make_device(name);
    device.capacity = fleet::Capacity{ram, flash, module_bytes};
    return device;
}

TEST(Fit, names_the_device_and_the_bytes_that_are_missing) {
    fleet::Device small = device_with("small", 10'000, 100'000, 50'000);
    FitReport report = fit({1000, 12000, 0, {}}, {&small});
    ASSERT_TRUE(fit_problem(report).has_value());
    EXPECT_EQ(fit_problem(report)->reason, "DoesNotFit");
    EXPECT_THAT(
        fit_problem(report)->message,
        HasSubstr("small (mps2-an385) needs 12000 bytes of RAM for apps and has 10000, so 2000 bytes are missing"));
    EXPECT_THAT(fit({60000, 0, 0, {}}, {&small}).examples, HasSubstr("10000 bytes are missing"));
    EXPECT_THAT(fit({40000, 0, 70000, {}}, {&small}).examples, HasSubstr("of flash for module and storage"));
}

TEST(Fit, is_no_problem_while_one_device_fits_or_may_fit) {
    fleet::Device small = device_with("small", 10'000, 100'000, 50'000);
    fleet::Device large = device_with("large", 100'000, 100'000, 50'000);
    fleet::Device silent = testing::make_device("silent");
    const AppNeeds needs{1000, 12000, 0, {}};
    FitReport some = fit(needs, {&small, &large});
    EXPECT_FALSE(fit_problem(some).has_value());
    EXPECT_EQ(some.misfits, 1);
    EXPECT_THAT(some.examples, HasSubstr("small"));
    EXPECT_FALSE(fit_problem(fit(needs, {&small, &silent})).has_value());
    EXPECT_FALSE(fit_problem(fit(needs, {})).has_value());
}

TEST(Fit, bounds_its_examples) {
    std::vector<fleet::Device> devices;
    std::vector<const fleet::Device*> pointers;
    for (int i = 0; i < 100; ++i) devices.push_back(device_with("d", 1, 1, 1));
    for (const fleet::Device& device : devices) pointers.push_back(&device);
    EXPECT_THAT(fit({2, 2, 2, {}}, pointers).examples, HasSubstr("; and 97 more"));
}

struct PinProblem : ::testing::Test {
    PinProblem() {
        for (fleet::Application* app : {&first, &second}) {
            app->target.all = true;
            app->permissions = {"led:1"};
        }
        first.meta.name = "first";
        first.meta.uid = "1";
        first.meta.created = "2026-11-21T09:00:00Z";
        second.meta.name = "second";
        second.meta.uid = "2";
        second.meta.created = "2026-11-21T09:00:01Z";
    }
    std::optional<SpecProblem> check(const fleet::Application& app) {
        return pin_problem(app, {first, second}, {&device});
    }
    fleet::Application first, second;
    fleet::Device device = testing::make_device("d1");
};

TEST_F(PinProblem, the_later_application_is_told_whose_the_pin_is) {
    EXPECT_FALSE(check(first).has_value());
    ASSERT_TRUE(check(second).has_value());
    EXPECT_EQ(check(second)->reason, "PinConflict");
    EXPECT_THAT(check(second)->message, HasSubstr("led:1 belongs to Application first"));
    EXPECT_THAT(check(second)->message, HasSubstr("d1"));
}

TEST_F(PinProblem, there_is_none_without_a_common_pin_or_device) {
    second.permissions = {"led:2", "storage:*"};
    EXPECT_FALSE(check(second).has_value());
    second.permissions = {"led:1"};
    second.target.all = false;
    second.target.device_names = {"other"};
    EXPECT_FALSE(check(second).has_value());
    second.target.device_names = {"d1"};
    EXPECT_TRUE(check(second).has_value());
    first.meta.deleting = true;
    EXPECT_FALSE(check(second).has_value());
}

TEST_F(PinProblem, wildcards_share) {
    first.permissions = {"led:*"};
    EXPECT_FALSE(check(second).has_value());
}

}  // namespace
}  // namespace wasmbed::controller
