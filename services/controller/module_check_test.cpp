#include "services/controller/module_check.hpp"

#include <gtest/gtest.h>

#include "core/wasm/test_binary_writer.hpp"

namespace wasmbed::controller {
namespace {

using wasm::test::BinaryWriter;
using wasm::test::OneFunction;
using ModuleBytes = std::vector<std::uint8_t>;

/// The function is exported as _start.
ModuleBytes program(OneFunction parts = {}) {
    parts.name = "_start";
    return module_of(parts);
}

const ModuleBytes kTwoParameters = {0x60, 2, 0x7f, 0x7f, 1, 0x7f};  ///< (func (param i32 i32) (result i32))

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
    EXPECT_EQ(problem(program()).reason, "none");
    EXPECT_EQ(problem(program({.memory = {0, 1}})).reason, "none");
}

TEST_F(CheckModule, names_rule_and_byte_of_a_malformed_module) {
    ModuleBytes module = program();
    module.pop_back();
    expect(module, "MalformedModule", "length out of bounds, at byte ");
    module = program();
    module.push_back(0x7f);
    module.push_back(0x00);
    expect(module, "MalformedModule", "malformed section id");
}

TEST_F(CheckModule, names_rule_and_byte_of_an_invalid_module) {
    // i32.add with nothing on the stack, before the last byte.
    const ModuleBytes module = program({.body = {0x6a}});
    expect(module, "InvalidModule", "type mismatch, at byte " + std::to_string(module.size() - 2));
}

TEST_F(CheckModule, names_the_import_that_devices_do_not_offer) {
    expect(program({.import = {{"env", "fly", kTwoParameters}}}), "UnknownImport", "env.fly");
}

TEST_F(CheckModule, shows_both_types_of_an_import_that_differs) {
    const ModuleBytes one_parameter = {0x60, 1, 0x7f, 1, 0x7f};
    expect(program({.import = {{"wasmbed_device", "led_set", one_parameter}}}), "UnknownImport",
           "as (i32) -> (i32); devices offer it as (i32, i32) -> (i32)");
}

TEST_F(CheckModule, wants_a_permission_of_the_kind_an_import_needs) {
    const ModuleBytes module = program({.import = {{"wasmbed_device", "led_set", kTwoParameters}}});
    expect(module, "NotPermitted", "wasmbed_device.led_set, and spec.permissions has no led:<n>");
    app.permissions = {"storage:*"};
    expect(module, "NotPermitted", "led:<n>");
    app.permissions = {"led:7"};
    EXPECT_EQ(problem(module).reason, "none");
}

TEST_F(CheckModule, wants_a_start_without_parameters) {
    expect(wasm::test::module_of({.name = "main"}), "InvalidModule", "exports no function _start");
}

TEST_F(CheckModule, compares_declared_memory_with_the_limit) {
    app.limits.memory = 65536;
    EXPECT_EQ(problem(program({.memory = {0, 1}})).reason, "none");
    expect(program({.memory = {0, 2}}), "OutOfMemory", "65536 bytes are missing");
}

TEST_F(CheckModule, does_not_believe_counts_that_the_module_is_too_short_for) {
    // A function section that says it has 4,294,967,295 entries.
    BinaryWriter functions, module;
    functions.u32(0xffffffff);
    module.preamble();
    module.section(3, functions);
    EXPECT_NE(problem(module.bytes()).reason, "none");
}

}  // namespace
}  // namespace wasmbed::controller
