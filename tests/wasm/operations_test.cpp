// What generated modules are translated to: runs of them compare only operations that are in them.
#include <gtest/gtest.h>
#include <set>
#include <string>

#include "core/wasm/code_walk.hpp"
#include "core/wasm/engine.hpp"
#include "core/wasm/test_room.hpp"
#include "tests/wasm/module_generator.hpp"

namespace wasmbed::wasm::test {
namespace {

constexpr std::string_view kNames[] = {
#define OP(name, form, ...) #name,
#define OP2(name, form, ...) #name, #name "_d",
#include "core/wasm/ops.inc"
#undef OP
#undef OP2
};
static_assert(std::size(kNames) == kOpCount);

struct Counts {
    unsigned modules[kOpCount] = {};  ///< that have the operation

    void add(const Module& module) {
        bool found[kOpCount] = {};
        const std::uint8_t* image = module.image().data();
        for (std::uint32_t f = module.header().imported_functions; f < module.function_count(); ++f) {
            const std::uint32_t end = code_end_of(module, f);
            std::uint32_t at = code_offset_of(module, f) + sizeof(FunctionHeader);
            for (; at < end; at += operation_length(image + at)) {
                const bool gap = image[at] == kEscape && (at + 1 == end || image[at + 1] == kEscape);
                if (!gap && token_at(image + at) < kOpCount) found[token_at(image + at)] = true;
            }
        }
        for (unsigned op = 0; op < kOpCount; ++op) modules[op] += found[op];
    }
};

TEST(Operations, generated_modules_have_all_of_them) {
    constexpr std::uint64_t kModules = 4000;
    // Operations of no module without imports.
    const std::set<std::string_view> without = {"ExitEntry", "CallImport"};
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
        if (std::getenv("WASMBED_VERBOSE") != nullptr) std::printf("%5u %s\n", counts.modules[op], kNames[op].data());
        EXPECT_EQ(counts.modules[op] == 0, without.contains(kNames[op])) << kNames[op];
    }
}

}  // namespace
}  // namespace wasmbed::wasm::test
