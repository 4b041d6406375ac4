// What generated modules are translated to: runs of them compare only operations that are in them.
#include <gtest/gtest.h>
#include <set>
#include <string>

#include "core/wasm/code_walk.hpp"
#include "core/wasm/engine.hpp"
#include "core/wasm/op_names.hpp"
#include "core/wasm/test_room.hpp"
#include "tests/wasm/module_generator.hpp"

namespace wasmbed::wasm::test {
namespace {

struct Counts {
    unsigned modules[kOpCount] = {};  ///< that have the operation

    void add(const Module& module) {
        bool found[kOpCount] = {};
        for (std::uint32_t f = module.header().imported_functions; f < module.function_count(); ++f) {
            walk_operations(module, f, [&](std::uint32_t at) {
                const unsigned token = token_at(module.image().data() + at);
                ASSERT_LT(token, kOpCount);
                found[token] = true;
            });
        }
        for (unsigned op = 0; op < kOpCount; ++op) modules[op] += found[op];
    }
};

TEST(Operations, generated_modules_have_all_of_them) {
    constexpr std::uint64_t kModules = 4000;
    // Operations of no module without imports.
    std::set<std::string_view> without = {"ExitEntry", "CallImport"};
    if (!kAllForms) without.insert("LoopZ_A");  // made of i32.eqz and br_if
    Room image(1 << 20);
    Room scratch(1 << 20);
    Counts counts;
    for (std::uint64_t seed = 1; seed <= kModules; ++seed) {
        const std::vector<std::uint8_t> wasm =
            generate_module(seed, {.two_memories = seed % 3 == 0, .probes = seed % 5 == 0});
        const auto module = translate(wasm, image.span(), scratch.span(), {.multiple_memories = true});
        ASSERT_TRUE(module.has_value()) << text_of(module.error().rule);
        counts.add(*module);
    }
    for (unsigned op = 0; op < kOpCount; ++op) {
        if (std::getenv("WASMBED_VERBOSE") != nullptr) std::printf("%5u %s\n", counts.modules[op], kOpNames[op].data());
        EXPECT_EQ(counts.modules[op] == 0, without.contains(kOpNames[op])) << kOpNames[op];
    }
}

}  // namespace
}  // namespace wasmbed::wasm::test
