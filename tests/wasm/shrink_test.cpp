// `wasmbed wasm shrink` on programs of three compilers: the same results in less memory, or a reason.
#include <filesystem>
#include <gtest/gtest.h>
#include <sstream>

#include "core/wasm/test_modules.hpp"
#include "host/cli/wasm/shrunk_module.hpp"
#include "host/cli/wasm/tools.hpp"
#include "tests/wasm/module_files.hpp"
#include "tests/wasm/own_engine.hpp"

namespace wasmbed::wasm_tools {
namespace {

namespace fs = std::filesystem;
using wasm::test::contents;
using wasm::test::modules_in;

fs::path program(const std::string& name) {
    return fs::path(WASMBED_PROGRAMS) / (name + ".wasm");
}

/// The reason for which a module is refused; "shrunk" if it is not.
std::string refusal(std::vector<std::uint8_t> bytes) {
    const auto loaded = load(std::move(bytes));
    if (!loaded) return text_of(loaded.error());
    const auto shrunk = shrink(*loaded);
    return shrunk ? "shrunk" : shrunk.error();
}

/// Memory in bytes after shrinking; the results are compared.
std::uint32_t shrunk_bytes(const fs::path& path) {
    const std::vector<std::uint8_t> before = contents(path);
    const auto loaded = load(before);
    if (!loaded) return 0;
    const auto shrunk = shrink(*loaded);
    EXPECT_TRUE(shrunk.has_value()) << path << ": " << (shrunk ? "" : shrunk.error());
    if (!shrunk) return 0;
    const auto small = load(shrunk->bytes);
    EXPECT_TRUE(small.has_value()) << path;
    if (!small) return 0;
    EXPECT_EQ(small->module.memory()->page_log2, 0);
    EXPECT_EQ(small->module.memory()->limits.min, shrunk->memory_bytes);
    EXPECT_EQ(small->module.memory()->limits.max, shrunk->memory_bytes);
    EXPECT_TRUE(wasm::test::run_own(shrunk->bytes, 100'000) == wasm::test::run_own(before, 100'000)) << path;
    return shrunk->memory_bytes;
}

TEST(Shrink, every_c_program_gives_the_same_in_less_memory) {
    std::size_t programs = 0;
    for (const fs::path& path : modules_in(WASMBED_PROGRAMS)) {
        const std::string name = path.filename();
        if (!name.starts_with("c_") || name == "c_plain.wasm") continue;
        const std::uint32_t bytes = shrunk_bytes(path);
        EXPECT_GE(bytes, 4096u) << name;  // the stack it was linked with
        EXPECT_LT(bytes, 65536u) << name;
        ++programs;
    }
    EXPECT_GT(programs, 10u);
}

TEST(Shrink, a_rust_program_without_a_heap_gives_the_same_in_less_memory) {
    if (!fs::exists(program("rust_checksum"))) GTEST_SKIP() << "no Rust for wasm32 here; see tests/wasm/README.md";
    const std::uint32_t bytes = shrunk_bytes(program("rust_checksum"));
    EXPECT_GE(bytes, 2048u);
    EXPECT_LT(bytes, 8192u);
}

TEST(Shrink, an_assemblyscript_program_without_objects_gives_the_same_in_less_memory) {
    if (!fs::exists(program("assemblyscript_statics")))
        GTEST_SKIP() << "no AssemblyScript here; see tests/wasm/README.md";
    EXPECT_LT(shrunk_bytes(program("assemblyscript_statics")), 4096u);
}

TEST(Shrink, the_stack_pointer_tells_where_an_ordinary_clang_module_ends) {
    const auto loaded = load(contents(program("c_plain")));
    ASSERT_TRUE(loaded.has_value());
    const auto shrunk = shrink(*loaded);
    ASSERT_TRUE(shrunk.has_value()) << shrunk.error();
    EXPECT_EQ(shrunk->known_by, "the stack pointer");
    EXPECT_EQ(shrunk->memory_bytes_before, 131072u);
    EXPECT_GT(shrunk->memory_bytes, 65536u);  // wasm-ld's stack, when nothing is said
    EXPECT_LT(shrunk->memory_bytes, 70000u);
    EXPECT_TRUE(wasm::test::run_own(shrunk->bytes, 1000) == wasm::test::run_own(loaded->bytes, 1000));
}

// (module (memory 1) (global (mut i32) (i32.const 64)) (func (export "run") (result i32) BODY)
//   (data (i32.const 16) "x"))
std::vector<std::uint8_t> module_with_stack(std::initializer_list<std::uint8_t> body, bool with_data) {
    std::vector<std::uint8_t> m{0,    'a',  's',  'm', 1,    0, 0, 0, 1, 5,   1,   0x60, 0, 1,
                                0x7f, 3,    2,    1,   0,    5, 3, 1, 0, 1,   6,   7,    1, 0x7f,
                                1,    0x41, 0xc0, 0,   0x0b, 7, 7, 1, 3, 'r', 'u', 'n',  0, 0};
    const auto size = static_cast<std::uint8_t>(body.size());
    m.insert(m.end(), {10, static_cast<std::uint8_t>(size + 4), 1, static_cast<std::uint8_t>(size + 2), 0});
    m.insert(m.end(), body);
    m.push_back(0x0b);
    if (with_data) m.insert(m.end(), {11, 7, 1, 0, 0x41, 16, 0x0b, 1, 'x'});
    return m;
}

TEST(Shrink, a_stack_pointer_that_no_function_touches_tells_it_too) {
    const auto loaded = load(module_with_stack({0x41, 16, 0x2d, 0, 0}, true));
    ASSERT_TRUE(loaded.has_value()) << text_of(loaded.error());
    const auto shrunk = shrink(*loaded);
    ASSERT_TRUE(shrunk.has_value()) << shrunk.error();
    EXPECT_EQ(shrunk->memory_bytes, 64u);
    EXPECT_NE(refusal(module_with_stack({0x23, 0}, true)).find("where stack and data end is not known"),
              std::string::npos)
        << "a variable that is no stack pointer";
}

TEST(Shrink, without_data_the_stack_pointer_tells_it_if_no_address_behind_it_is_known) {
    EXPECT_EQ(refusal(module_with_stack({0x41, 8, 0x2d, 0, 0}, false)), "shrunk");
    // With --stack-first variables that begin as zero lie behind the stack, here at 80.
    EXPECT_NE(refusal(module_with_stack({0x41, 0xd0, 0, 0x2d, 0, 0}, false)).find("is not known"), std::string::npos);
    EXPECT_NE(refusal(module_with_stack({0x41, 0, 0x2d, 0, 0xd0, 0}, false)).find("it accesses byte 80 or beyond"),
              std::string::npos);
}

TEST(Shrink, a_program_with_an_allocator_is_refused) {
    if (!fs::exists(program("rust_words_s"))) GTEST_SKIP() << "no Rust for wasm32 here";
    EXPECT_NE(refusal(contents(program("rust_words_s"))).find("it grows its memory in function"), std::string::npos);
    if (!fs::exists(program("assemblyscript_objects"))) GTEST_SKIP() << "no AssemblyScript here";
    EXPECT_NE(refusal(contents(program("assemblyscript_objects"))).find("where stack and data end is not known"),
              std::string::npos);
}

// (module (memory 1) (global (export "__heap_base") i32 (i32.const 100))
//   (func (export "run") (result i32) BODY))
std::vector<std::uint8_t> module_with(std::initializer_list<std::uint8_t> body) {
    std::vector<std::uint8_t> m{0, 'a', 's', 'm', 1,   0,   0,   0,   1,   5,   1,    0x60, 0,    1,    0x7f, 3,    2,
                                1, 0,   5,   3,   1,   0,   1,   6,   7,   1,   0x7f, 0,    0x41, 0xe4, 0,    0x0b,  //
                                7, 21,  2,   11,  '_', '_', 'h', 'e', 'a', 'p', '_',  'b',  'a',  's',  'e',  3,    0,
                                3, 'r', 'u', 'n', 0,   0};
    const auto size = static_cast<std::uint8_t>(body.size());
    m.insert(m.end(), {10, static_cast<std::uint8_t>(size + 4), 1, static_cast<std::uint8_t>(size + 2), 0});
    m.insert(m.end(), body);
    m.push_back(0x0b);
    return m;
}

TEST(Shrink, what_could_tell_the_difference_is_refused_with_its_place) {
    EXPECT_EQ(refusal(module_with({0x41, 0, 0x28, 2, 0})), "shrunk");
    EXPECT_EQ(refusal(module_with({0x3f, 0})), "it asks for its memory's size in function 0 at byte 61 (0x3d)");
    EXPECT_EQ(refusal(module_with({0x41, 1, 0x40, 0})), "it grows its memory in function 0 at byte 63 (0x3f)");
    EXPECT_EQ(refusal(module_with({0x41, 0xe4, 0})),
              "it uses 100, the address where its memory would end, in function 0 at byte 61 (0x3d)");
    EXPECT_EQ(refusal(module_with({0x41, 0, 0x28, 2, 0xe4, 0})),
              "it accesses byte 100 or beyond, past its stack and data, in function 0 at byte 63 (0x3f)");
}

TEST(Shrink, modules_without_a_known_end_or_a_memory_of_their_own_are_refused) {
    const auto of = [](Bytes bytes) { return refusal({bytes.begin(), bytes.end()}); };
    EXPECT_EQ(of(wasm::test::kTraps), "it has no memory");
    EXPECT_NE(of(wasm::test::kMixed).find("where stack and data end is not known: link with"), std::string::npos);
    // (module (import "m" "m" (memory 1)))
    constexpr std::uint8_t kImported[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 2, 8, 1, 1, 'm', 1, 'm', 2, 0, 1};
    EXPECT_EQ(of(kImported), "its memory is imported: who gives it, shapes it");
    // (module (memory 100 (pagesize 1)))
    constexpr std::uint8_t kBytePages[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 5, 4, 1, 8, 100, 0};
    EXPECT_EQ(of(kBytePages), "its pages are of 1 byte already");
}

TEST(Shrink, the_command_writes_the_module_or_says_why_not) {
    const fs::path to = fs::path(testing::TempDir()) / ("shrunk_" + std::to_string(getpid()) + ".wasm");
    std::ostringstream out, err;
    EXPECT_EQ(shrink(program("c_crc32"), to, out, err), 0) << err.str();
    EXPECT_TRUE(out.str().starts_with("memory 131072 -> ") || out.str().starts_with("memory 65536 -> ")) << out.str();
    EXPECT_EQ(validate(to, out, err), 0);
    fs::remove(to);
    EXPECT_EQ(shrink(program("no_such"), to, out, err), 1);
    EXPECT_EQ(shrink(program("c_crc32"), "/no/such/folder/m.wasm", out, err), 1);
    EXPECT_NE(err.str().find("/no/such/folder/m.wasm: No such file"), std::string::npos) << err.str();
    EXPECT_FALSE(fs::exists(to));
}

}  // namespace
}  // namespace wasmbed::wasm_tools
