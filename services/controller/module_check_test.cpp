#include "services/controller/module_check.hpp"

#include <gtest/gtest.h>

#include "services/controller/testing/module_builder.hpp"

namespace wasmbed::controller {
namespace {

using testing::make_module;
using testing::ModuleBytes;
using testing::ModuleShape;

struct CheckModule : ::testing::Test {
    fleet::Application app;

    SpecProblem problem(const ModuleBytes& module) {
        auto result = check_module(module, app);
        return result ? SpecProblem{"none", ""} : result.error();
    }
    void expect(const ModuleBytes& module, const std::string& reason, const std::string& part) {
        const SpecProblem found = problem(module);
        EXPECT_EQ(found.reason, reason) << found.message;
        EXPECT_NE(found.message.find(part), std::string::npos) << found.message;
    }
};

TEST_F(CheckModule, accepts_a_program) {
    EXPECT_EQ(problem(make_module()).reason, "none");
    EXPECT_EQ(problem(make_module({.memory_pages = 1})).reason, "none");
}

TEST_F(CheckModule, names_rule_and_byte_of_a_malformed_module) {
    ModuleBytes module = make_module();
    module.pop_back();
    expect(module, "MalformedModule", "length out of bounds, at byte ");
    module = make_module();
    module.push_back(0x7f);
    module.push_back(0x00);
    expect(module, "MalformedModule", "malformed section id");
}

TEST_F(CheckModule, names_rule_and_byte_of_an_invalid_module) {
    // i32.add with nothing on the stack: the third byte of the body.
    const ModuleBytes module = make_module({.body = {0x00, 0x6a, 0x0b}});
    expect(module, "InvalidModule", "type mismatch, at byte " + std::to_string(module.size() - 2));
}

TEST_F(CheckModule, names_the_import_that_devices_do_not_offer) {
    expect(make_module({.import_module = "env", .import_name = "fly"}), "UnknownImport", "env.fly");
}

TEST_F(CheckModule, shows_both_types_of_an_import_that_differs) {
    const ModuleBytes one_parameter = {0x60, 0x01, 0x7f, 0x01, 0x7f};
    const ModuleShape shape{.import_module = "wasmbed_device", .import_name = "led_set", .import_type = one_parameter};
    expect(make_module(shape), "UnknownImport", "as (i32) -> (i32); devices offer it as (i32, i32) -> (i32)");
}

TEST_F(CheckModule, wants_a_permission_of_the_kind_an_import_needs) {
    const ModuleBytes module = make_module({.import_module = "wasmbed_device", .import_name = "led_set"});
    expect(module, "NotPermitted", "wasmbed_device.led_set, and spec.permissions has no led:<n>");
    app.permissions = {"storage:*"};
    expect(module, "NotPermitted", "led:<n>");
    app.permissions = {"led:7"};
    EXPECT_EQ(problem(module).reason, "none");
}

TEST_F(CheckModule, wants_a_start_without_parameters) {
    expect(make_module({.export_name = "main"}), "InvalidModule", "exports no function _start");
}

TEST_F(CheckModule, compares_declared_memory_with_the_limit) {
    app.limits.memory = 65536;
    EXPECT_EQ(problem(make_module({.memory_pages = 1})).reason, "none");
    expect(make_module({.memory_pages = 2}), "OutOfMemory", "65536 bytes are missing");
}

TEST_F(CheckModule, does_not_believe_counts_that_the_module_is_too_short_for) {
    // A function section that says it has 4,294,967,295 entries.
    ModuleBytes module = {0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00};
    testing::add_section(module, 3, {0xff, 0xff, 0xff, 0xff, 0x0f});
    EXPECT_NE(problem(module).reason, "none");
}

}  // namespace
}  // namespace wasmbed::controller
