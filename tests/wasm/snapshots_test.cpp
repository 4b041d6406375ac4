// Snapshots in the midst of real programs and of generated modules: what runs on from them ends as a run in one piece.
#include <filesystem>
#include <gtest/gtest.h>
#include <ostream>

#include "tests/wasm/module_files.hpp"
#include "tests/wasm/module_generator.hpp"
#include "tests/wasm/own_engine.hpp"

namespace wasmbed::wasm::test {

/// How GoogleTest shows one.
void PrintTo(const ExportRun& run, std::ostream* out) {
    *out << run.name << " => " << run.outcome;
}

namespace {

TEST(Snapshots, programs_end_the_same_when_they_are_moved_while_they_run) {
    std::size_t programs = 0;
    for (const std::filesystem::path& path : modules_in(WASMBED_PROGRAMS)) {
        const std::vector<std::uint8_t> wasm = contents(path);
        std::size_t moves = 0;
        EXPECT_EQ(run_moving(wasm, 7, moves), run_own(wasm, 1'000'000)) << path;
        EXPECT_GT(moves, 5u) << path;
        ++programs;
    }
    EXPECT_GT(programs, 10u);
}

TEST(Snapshots, generated_modules_end_the_same_when_they_are_moved_while_they_run) {
    std::size_t moves = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        const std::vector<std::uint8_t> wasm = generate_module(seed, {.two_memories = seed % 3 == 0});
        ASSERT_EQ(run_moving(wasm, 11, moves), run_own(wasm, 1'000'000)) << "seed " << seed;
    }
    EXPECT_GT(moves, 200u);
}

}  // namespace
}  // namespace wasmbed::wasm::test
