#include "core/hostapi/host_functions.hpp"

#include <gtest/gtest.h>
#include <set>
#include <string>

namespace wasmbed::hostapi {
namespace {

TEST(HostFunctions, rows_stand_at_the_index_of_their_id) {
    std::size_t index = 0;
    for (const HostFunction& function : host_functions()) {
        EXPECT_EQ(static_cast<std::size_t>(function.id), index++) << function.name;
    }
}

TEST(HostFunctions, import_names_are_unique) {
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (const HostFunction& function : host_functions()) {
        EXPECT_TRUE(seen.emplace(function.module, function.name).second) << function.module << '.' << function.name;
    }
}

TEST(HostFunctions, signatures_are_well_formed) {
    for (const HostFunction& function : host_functions()) {
        const std::string_view text = signature_of(function.id);
        const std::size_t close = text.find(')');
        ASSERT_NE(close, std::string_view::npos) << function.name;
        EXPECT_EQ(text.front(), '(');
        EXPECT_LE(text.size() - close - 1, 1u) << "more than one result: " << function.name;
        EXPECT_EQ(text.find_first_not_of("()iI"), std::string_view::npos) << function.name;
    }
}

TEST(HostFunctions, finds_a_function_by_module_and_name) {
    const HostFunction* function = find_host_function("wasmbed_device", "led_set");
    ASSERT_NE(function, nullptr);
    EXPECT_EQ(function->id, HostFunctionId::DeviceLedSet);
    EXPECT_EQ(signature_of(function->id), "(ii)i");
    EXPECT_EQ(function->permission, PermissionKind::Led);
}

TEST(HostFunctions, knows_nothing_of_other_names) {
    EXPECT_EQ(find_host_function("wasmbed_timer", "led_set"), nullptr);
    EXPECT_EQ(find_host_function("env", "log"), nullptr);
    EXPECT_EQ(find_host_function("wasmbed_device", "led_se"), nullptr);
}

}  // namespace
}  // namespace wasmbed::hostapi
