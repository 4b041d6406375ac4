#include "host/cli/wasm/disassembly.hpp"

#include <gtest/gtest.h>

#include "core/wasm/module_view.hpp"
#include "core/wasm/test_modules.hpp"
#include "host/cli/wasm/test_modules.hpp"

namespace wasmbed::wasm_tools {
namespace {

LoadedModule loaded(Bytes wasm) {
    auto module = load({wasm.begin(), wasm.end()});
    EXPECT_TRUE(module.has_value());
    return std::move(*module);
}

/// Every operation is known and begins where the one before ends, and the last ends where the next function begins.
void expect_gapless(const LoadedModule& module) {
    const std::uint32_t count = module.module.function_count();
    for (std::uint32_t f = module.module.header().imported_functions; f < count; ++f) {
        std::uint32_t at = wasm::code_offset_of(module.module, f) + sizeof(wasm::FunctionHeader);
        for (const Operation& operation : disassemble(module, f)) {
            EXPECT_EQ(operation.offset, at) << "function " << f;
            EXPECT_NE(operation.text, "unknown") << "function " << f << " at " << at;
            at += operation.length;
        }
        if (f + 1 < count) {
            EXPECT_EQ((at + 1) / 2 * 2, wasm::code_offset_of(module.module, f + 1)) << "function " << f;
        }
    }
}

TEST(Disassembly, leaves_no_gap_in_programs_with_every_kind_of_layout) {
    expect_gapless(loaded(wasm::test::kMixed));
    expect_gapless(loaded(wasm::test::kMemory));
    for (const char* app : {"blink.wasm", "thermometer.wasm"}) {
        const auto bytes = read_module_file(std::filesystem::path(WASMBED_APPS) / app);
        ASSERT_TRUE(bytes.has_value()) << bytes.error();
        expect_gapless(loaded(*bytes));
    }
}

TEST(Disassembly, names_the_instruction_that_made_an_operation) {
    const LoadedModule module = loaded(test::kMath);
    const auto operations = disassemble(module, 1);
    ASSERT_EQ(operations.size(), 2u);
    EXPECT_EQ(operations[0].text, "I32DivS s0 s1");
    EXPECT_EQ(module.bytes[operations[0].source], 0x6d);
    EXPECT_EQ(module.bytes[operations[1].source], 0x0b);
}

TEST(Disassembly, shows_the_slot_that_a_storing_twin_writes) {
    // local.set $i (i32.add (local.get $i) (i32.const 1)) is one operation in kMixed's loop.
    const auto operations = disassemble(loaded(wasm::test::kMixed), 3);
    bool seen = false;
    for (const Operation& operation : operations) seen = seen || operation.text.find("_d") != std::string::npos;
    EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace wasmbed::wasm_tools
