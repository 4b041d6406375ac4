// What `measure` promises: the image never takes more than its bound, and areas that are too small are an error value.
// On generated modules, on the official suite's where it is there, and on code made to be as bad as it can be.
#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>

#include "core/wasm/engine.hpp"
#include "core/wasm/test_binary_writer.hpp"
#include "core/wasm/test_room.hpp"
#include "tests/wasm/module_files.hpp"
#include "tests/wasm/module_generator.hpp"

namespace wasmbed::wasm::test {
namespace {

/// Enough for any nesting in these modules.
constexpr std::size_t kScratchBytes = 1 << 20;

/// Bytes of image for each byte of the module; 0 if it is refused. A valid module's image must fit the bound, and into
/// the very bytes that it took before, with two more for each import while that section is read; in less than it takes
/// there is no room.
double checked_ratio(const std::vector<std::uint8_t>& wasm) {
    static Room scratch(kScratchBytes);
    const auto needs = measure(wasm);
    Room image(needs ? needs->image_bytes : 64 * wasm.size() + 4096);
    const auto module = translate(wasm, image.span(), scratch.span());
    if (!module) {
        EXPECT_NE(module.error().kind(), LoadErrorKind::kNoSpace) << text_of(module.error().rule);
        return 0;
    }
    EXPECT_TRUE(needs.has_value());
    const std::size_t exact = module->image().size();
    Room again(exact + 2 * module->import_count());
    EXPECT_TRUE(translate(wasm, again.span(), scratch.span()).has_value());
    const auto tight = translate(wasm, again.span().first((exact - 1) & ~std::size_t{3}), scratch.span());
    EXPECT_FALSE(tight.has_value());
    if (!tight) EXPECT_EQ(tight.error().kind(), LoadErrorKind::kNoSpace);
    return static_cast<double>(exact) / static_cast<double>(wasm.size());
}

/// One function of i32 locals and operands in slots above 255 (200 i64 locals stand below), with `code` repeated.
std::vector<std::uint8_t> repeated(std::initializer_list<std::uint8_t> before, std::initializer_list<std::uint8_t> code,
                                   std::uint32_t times, std::initializer_list<std::uint8_t> after) {
    BinaryWriter locals, body;
    locals.u32(2), locals.u32(200), locals.byte(0x7e), locals.u32(4), locals.byte(0x7f);
    body.raw(before);
    for (std::uint32_t i = 0; i < times; ++i) body.raw(code);
    body.raw(after);
    return module_of({.memory = {0, 1}, .locals = locals.bytes(), .body = body.bytes()});
}

TEST(Measure, generated_modules_fit_their_bound) {
    double most = 0;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        GeneratorOptions options;
        options.tail_calls_anywhere = true;
        options.imports = seed % 3 == 0;
        const double ratio = checked_ratio(generate_module(seed, options));
        EXPECT_GT(ratio, 0) << "seed " << seed;
        most = std::max(most, ratio);
    }
    std::printf("image, bytes per module byte, most of 400 generated modules: %.2f\n", most);
}

TEST(Measure, the_suites_modules_fit_their_bound) {
    const std::filesystem::path suite = suite_folder(WASMBED_SPEC_DIR);
    if (!std::filesystem::exists(suite)) GTEST_SKIP() << "the official suite is not at " << suite;
    std::size_t valid = 0;
    double most = 0;
    for (const std::filesystem::path& path : modules_in(suite)) {
        const double ratio = checked_ratio(contents(path));
        if (ratio == 0) continue;
        ++valid;
        most = std::max(most, ratio);
        EXPECT_FALSE(HasFailure()) << path;
        if (HasFailure()) return;
    }
    std::printf("image, bytes per module byte, most of %zu modules of the suite: %.2f\n", valid, most);
    EXPECT_GT(valid, 1000u);
}

TEST(Measure, the_worst_code_there_is_fits_its_bound) {
    struct Worst {
        const char* what;
        std::vector<std::uint8_t> wasm;
    };
    constexpr std::uint32_t kTimes = 3000;
    const Worst cases[] = {
        {"i64.extend_i32_u, i32.wrap_i64 in high slots", repeated({0x41, 1}, {0xad, 0xa7}, kTimes, {0x1a})},
        {"f64.neg in high slots", repeated({0x44, 0, 0, 0, 0, 0, 0, 0, 0}, {0x9a}, kTimes, {0x1a})},
        {"i64.eqz, extended, in high slots", repeated({0x42, 1}, {0x50, 0xad}, kTimes, {0x1a})},
        {"i64.clz in high slots", repeated({0x42, 1}, {0x79}, kTimes, {0x1a})},
        {"i64 constants added in high slots", repeated({0x42, 1}, {0x42, 0x40, 0x7c}, kTimes, {0x1a})},
        {"i64 constants divided by one another", repeated({0x42, 1}, {0x42, 1, 0x42, 1, 0x7f, 0x1a}, kTimes, {0x1a})},
        {"f64 of i32 constants", repeated({}, {0x41, 1, 0xb7, 0x1a}, kTimes, {})},
        {"i32 popcnt in high slots", repeated({0x41, 1}, {0x69}, kTimes, {0x1a})},
        {"memory.size dropped", repeated({}, {0x3f, 0, 0x1a}, kTimes, {})},
        {"local set from constants", repeated({}, {0x42, 1, 0x21, 5}, kTimes, {})},
        {"copies between high locals", repeated({}, {0x20, 0xc8, 1, 0x21, 0xc9, 1}, kTimes, {})},
        {"blocks that carry nothing", repeated({}, {0x02, 0x40, 0x0b}, kTimes, {})},
        {"if on a high local", repeated({}, {0x20, 0xc8, 1, 0x04, 0x40, 0x0b}, kTimes, {})},
        {"three constants for memory.fill", repeated({}, {0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 0x0b, 0}, kTimes, {})},
    };
    double most = 0;
    for (const Worst& worst : cases) {
        const double ratio = checked_ratio(worst.wasm);
        EXPECT_GT(ratio, 0) << worst.what;
        std::printf("  %-44s%6.2f\n", worst.what, ratio);
        most = std::max(most, ratio);
    }
    EXPECT_LE(most, 32.0);
}

}  // namespace
}  // namespace wasmbed::wasm::test
