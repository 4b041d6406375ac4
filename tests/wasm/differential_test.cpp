// Our engine against wabt's wasm-interp, on generated modules and on programs of three compilers.
//
// WASMBED_MODULES: how many modules are generated (500; `./dev check` takes many more). WASMBED_SEED: the first one's
// seed, to repeat a run.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

#include "tests/wasm/module_files.hpp"
#include "tests/wasm/module_generator.hpp"
#include "tests/wasm/own_engine.hpp"

namespace wasmbed::wasm::test {

/// How GoogleTest shows one.
void PrintTo(const ExportRun& run, std::ostream* out) {
    *out << run.name << " => " << run.outcome;
}

namespace {

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class Differential : public testing::Test {
  protected:
    void SetUp() override {
        if (!has_reference()) GTEST_SKIP() << "no wasm-interp: install the Debian package wabt";
    }
};

TEST_F(Differential, generated_modules_give_the_same_as_in_wasm_interp) {
    const std::uint64_t first = setting("WASMBED_SEED", 1);
    const std::uint64_t count = setting("WASMBED_MODULES", 500);
    const auto path = std::filesystem::path(testing::TempDir()) / ("wasm_differential_" + std::to_string(getpid()));
    std::size_t values = 0;
    std::size_t runs = 0;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        const std::vector<std::uint8_t> module =
            generate_module(seed, {.two_memories = seed % 3 == 0, .probes = seed % 5 == 0});
        std::ofstream(path, std::ios::binary)
            .write(reinterpret_cast<const char*>(module.data()), static_cast<std::streamsize>(module.size()));
        const std::vector<ExportRun> theirs = run_reference(path);
        ASSERT_EQ(run_own(module, static_cast<std::int32_t>(1 + seed % 1000)), theirs) << "seed " << seed;
        for (const ExportRun& run : theirs) values += !run.outcome.starts_with("trap");
        runs += theirs.size();
    }
    std::filesystem::remove(path);
    std::printf("%zu runs of %zu modules from seed %zu, %zu of them to a value\n", runs,
                static_cast<std::size_t>(count), static_cast<std::size_t>(first), values);
    EXPECT_GT(values, runs / 4) << "the generator makes mostly traps";
}

void compare_programs(std::string_view language, bool required) {
    std::size_t programs = 0;
    for (const std::filesystem::path& path : modules_in(WASMBED_PROGRAMS)) {
        const std::string name = path.filename();
        if (!name.starts_with(language)) continue;
        const std::vector<ExportRun> theirs = run_reference(path);
        ASSERT_FALSE(theirs.empty()) << name;
        EXPECT_EQ(theirs[0].outcome.find("error"), std::string::npos) << name << ": " << theirs[0].outcome;
        EXPECT_EQ(run_own(contents(path), 10'000), theirs) << name;
        ++programs;
    }
    if (programs == 0 && !required) GTEST_SKIP() << "no compiler for it here; see tests/wasm/README.md";
    EXPECT_GT(programs, 0u);
}

TEST_F(Differential, c_programs_give_the_same_as_in_wasm_interp) {
    compare_programs("c_", true);
}

TEST_F(Differential, rust_programs_give_the_same_as_in_wasm_interp) {
    compare_programs("rust_", false);
}

TEST_F(Differential, assemblyscript_programs_give_the_same_as_in_wasm_interp) {
    compare_programs("assemblyscript_", false);
}

}  // namespace
}  // namespace wasmbed::wasm::test
