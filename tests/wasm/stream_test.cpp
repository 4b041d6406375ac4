// A module that comes in chunks loads, or is refused, as one that is there at once.
#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>
#include <iterator>

#include "core/wasm/engine.hpp"
#include "core/wasm/stream_loader.hpp"
#include "core/wasm/test_modules.hpp"
#include "core/wasm/test_room.hpp"
#include "tests/wasm/module_files.hpp"
#include "tests/wasm/module_generator.hpp"

namespace wasmbed::wasm::test {
namespace {

std::string text_of(const LoadError& error) {
    return std::string(text_of(error.rule)) + " at " + std::to_string(error.offset) + ", " +
           std::to_string(error.index);
}

std::string in_one_piece(Bytes wasm, MutableBytes image, MutableBytes scratch) {
    const auto module = translate(wasm, image, scratch);
    return module ? std::to_string(module->image().size()) : text_of(module.error());
}

/// Bytes beyond those that came are another's: they must not be looked at.
std::string in_chunks(Bytes wasm, std::size_t chunk, MutableBytes image, MutableBytes scratch) {
    std::vector<std::uint8_t> area(wasm.size(), 0xee);
    StreamLoader loader(area, image, scratch);
    for (Bytes rest = wasm; !rest.empty();) {
        const std::size_t size = std::min(chunk, rest.size());
        if (const auto fed = loader.feed(rest.first(size)); !fed) return text_of(fed.error());
        rest = rest.subspan(size);
    }
    const auto module = loader.finish();
    return module ? std::to_string(module->image().size()) : text_of(module.error());
}

void expect_the_same(Bytes wasm, std::size_t chunk) {
    static Room scratch(1 << 16), one(1 << 18), other(1 << 18);
    std::ranges::fill(one.span(), 0);
    std::ranges::fill(other.span(), 0);
    ASSERT_EQ(in_chunks(wasm, chunk, other.span(), scratch.span()), in_one_piece(wasm, one.span(), scratch.span()))
        << "chunks of " << chunk;
    ASSERT_TRUE(std::ranges::equal(one.span(), other.span()));
}

TEST(Stream, modules_in_chunks_of_every_size_load_as_in_one_piece) {
    for (const Bytes wasm : {Bytes{kMixed}, Bytes{kMemory}, Bytes{kTraps}, Bytes{kWrongType}}) {
        for (std::size_t chunk = 1; chunk <= wasm.size(); ++chunk) expect_the_same(wasm, chunk);
    }
}

TEST(Stream, modules_that_break_off_are_refused_as_in_one_piece) {
    for (std::size_t size = 0; size < sizeof kMixed; ++size) expect_the_same(Bytes{kMixed}.first(size), 7);
}

TEST(Stream, generated_and_damaged_modules_give_the_same_as_in_one_piece) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        std::vector<std::uint8_t> wasm = generate_module(seed);
        expect_the_same(wasm, 1 + seed * 7 % 90);
        wasm[seed * 7919 % wasm.size()] ^= static_cast<std::uint8_t>(1 << seed % 8);
        expect_the_same(wasm, 1 + seed * 11 % 90);
    }
}

TEST(Stream, the_suites_modules_give_the_same_as_in_one_piece) {
    const std::filesystem::path suite = suite_folder(WASMBED_SPEC_DIR);
    if (!std::filesystem::exists(suite)) GTEST_SKIP() << "the official suite is not at " << suite;
    std::size_t modules = 0;
    for (const std::filesystem::path& path : modules_in(suite)) {
        const std::vector<std::uint8_t> wasm = contents(path);
        expect_the_same(wasm, 1 + modules % 40);
        ASSERT_FALSE(HasFatalFailure()) << path;
        ++modules;
    }
    EXPECT_GT(modules, 3000u);
}

TEST(Stream, an_error_shows_before_the_rest_has_come) {
    Room image(1 << 12), scratch(1 << 14);
    std::vector<std::uint8_t> wasm(std::begin(kWrongType), std::end(kWrongType));
    const std::size_t bad = wasm.size();
    wasm.insert(wasm.end(), {0, 100, 1, 'x'});
    wasm.resize(bad + 102);
    std::vector<std::uint8_t> area(wasm.size());
    StreamLoader loader(area, image.span(), scratch.span());
    const auto fed = loader.feed(Bytes{wasm}.first(bad));
    ASSERT_FALSE(fed.has_value());
    EXPECT_STREQ(text_of(fed.error().rule), "type mismatch");
    EXPECT_EQ(loader.missing(), 102u);
}

TEST(Stream, what_has_not_all_come_is_no_module) {
    Room image(1 << 12), scratch(1 << 14);
    std::vector<std::uint8_t> area(sizeof kFactorial);
    StreamLoader loader(area, image.span(), scratch.span());
    ASSERT_TRUE(loader.feed(Bytes{kFactorial}.first(30)).has_value());
    const auto module = loader.finish();
    ASSERT_FALSE(module.has_value());
    EXPECT_STREQ(text_of(module.error().rule), "unexpected end");
    EXPECT_EQ(module.error().offset, 30u);
}

}  // namespace
}  // namespace wasmbed::wasm::test
