#include "host/cli/wasm/tools.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

#include "core/base/bytes.hpp"
#include "core/wasm/test_modules.hpp"
#include "host/cli/wasm/test_modules.hpp"

namespace wasmbed::wasm_tools {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

class WasmTools : public testing::Test {
  protected:
    void SetUp() override { ASSERT_NE(::mkdtemp(directory_.data()), nullptr); }
    void TearDown() override { fs::remove_all(directory_); }

    fs::path file(Bytes wasm) {
        const fs::path path = fs::path(directory_) / "m.wasm";
        std::ofstream(path, std::ios::binary) << text_of(wasm);
        return path;
    }
    /// The exit status; what was said is in `said()` and `complaint()`.
    int run_module(Bytes wasm, const std::string& invoke, Words args, std::optional<std::uint64_t> fuel = {}) {
        return run({file(wasm), invoke, fuel, std::move(args)}, out_, err_);
    }
    std::string said() const { return out_.str(); }
    /// Without the file's name in front.
    std::string complaint() const {
        const std::size_t at = err_.str().find("m.wasm: ");
        return at == std::string::npos ? err_.str() : err_.str().substr(at + 8);
    }
    bool said_line(const std::string& line) const { return said().find(line + "\n") != std::string::npos; }

    std::string directory_ = testing::TempDir() + "wasmbed-wasm-XXXXXX";
    std::ostringstream out_;
    std::ostringstream err_;
};

TEST_F(WasmTools, find_the_example_apps_valid) {
    for (const char* app : {"hello.wasm", "blink.wasm", "thermometer.wasm"}) {
        EXPECT_EQ(validate(fs::path(WASMBED_APPS) / app, out_, err_), 0) << app;
    }
    EXPECT_EQ(said(), "ok\nok\nok\n");
}

TEST_F(WasmTools, name_the_rule_that_an_invalid_module_breaks) {
    EXPECT_EQ(validate(file(wasm::test::kWrongType), out_, err_), 1);
    EXPECT_EQ(said(), "");
    EXPECT_EQ(complaint(), "invalid: type mismatch at byte 33 (0x21)\n");
}

TEST_F(WasmTools, refuse_every_module_that_breaks_off) {
    constexpr std::size_t kHeader = 8, kTypes = 29;  // the header, and it with the type section, are modules too
    for (std::size_t size = 0; size < 119; ++size) {
        const int expected = size == kHeader || size == kTypes ? 0 : 1;
        EXPECT_EQ(inspect(file(Bytes(test::kMath).first(size)), out_, err_), expected) << size;
    }
}

TEST_F(WasmTools, refuse_what_is_no_file) {
    EXPECT_EQ(validate(fs::path(directory_) / "none.wasm", out_, err_), 1);
    EXPECT_NE(err_.str().find("none.wasm: No such file or directory"), std::string::npos);
    EXPECT_EQ(validate(directory_, out_, err_), 1);
    EXPECT_NE(err_.str().find("not a file"), std::string::npos);
}

TEST_F(WasmTools, print_results_with_their_types) {
    EXPECT_EQ(run_module(test::kMath, "all", {"7", "0.1", "-1e300"}), 0);
    EXPECT_EQ(said(), "f64:-1e+300\nf32:0.1\ni64:7\n");
}

TEST_F(WasmTools, name_a_trap_with_its_function_and_place) {
    EXPECT_EQ(run_module(test::kMath, "divide", {"1", "0"}), 1);
    EXPECT_EQ(complaint(), "trap: integer divide by zero in function 1 (divide) at byte 100 (0x64)\n");
    EXPECT_EQ(Bytes(test::kMath)[100], 0x6d) << "the opcode of i32.div_s";
}

TEST_F(WasmTools, print_the_calls_that_led_to_a_trap) {
    EXPECT_EQ(run_module(test::kDeep, "deep", {"2"}), 1);
    EXPECT_EQ(complaint(),
              "trap: unreachable in function 0 (deep) at byte 39 (0x27)\n"
              "  called by function 0 (deep) at byte 46 (0x2e)\n"
              "  called by function 0 (deep) at byte 46 (0x2e)\n");
}

TEST_F(WasmTools, print_the_innermost_of_many_calls) {
    EXPECT_EQ(run_module(test::kDeep, "deep", {"1000"}), 1);
    EXPECT_EQ(std::ranges::count(err_.str(), '\n'), 17);
    EXPECT_TRUE(err_.str().ends_with("\n  and 985 more\n"));
}

TEST_F(WasmTools, stop_when_the_fuel_is_spent) {
    EXPECT_EQ(run_module(test::kMath, "endless", {}, 25'000'000), 1);
    EXPECT_EQ(complaint(), "out of fuel after 25000000 units\n");
}

TEST_F(WasmTools, say_which_functions_and_arguments_would_do) {
    EXPECT_EQ(run_module(test::kMath, "", {}), 1);
    EXPECT_EQ(complaint(), "there is no exported function _start; there is: add, divide, all, endless (--invoke)\n");
    err_.str("");
    EXPECT_EQ(run_module(test::kMath, "add", {"1"}), 1);
    EXPECT_EQ(complaint(), "add is (i32, i32) -> i32: 2 arguments, not 1\n");
    err_.str("");
    EXPECT_EQ(run_module(test::kMath, "add", {"1", "x"}), 1);
    EXPECT_EQ(complaint(), "argument 2 of add: \"x\" is no i32\n");
}

TEST_F(WasmTools, serve_standard_output_and_take_over_the_exit_code) {
    EXPECT_EQ(run_module(test::kWasi, "", {}), 7);
    EXPECT_EQ(said(), "hello\n");
}

TEST_F(WasmTools, serve_the_log) {
    EXPECT_EQ(run({fs::path(WASMBED_APPS) / "hello.wasm", "", {}, {}}, out_, err_), 0);
    EXPECT_EQ(err_.str(), "log: hello from a Wasmbed app\n");
}

TEST_F(WasmTools, refuse_to_run_what_needs_a_device_and_name_the_import) {
    EXPECT_EQ(run({fs::path(WASMBED_APPS) / "blink.wasm", "", {}, {}}, out_, err_), 1);
    EXPECT_NE(err_.str().find("import wasmbed_device.led_set needs a device and a permission (led:<n> or led:*)"),
              std::string::npos);
}

TEST_F(WasmTools, refuse_an_import_of_another_type) {
    EXPECT_EQ(run_module(test::kWrongImport, "", {}), 1);
    EXPECT_EQ(complaint(), "import wasmbed_timer.monotonic_ms has type () -> i32, but () -> i64 is offered\n");
}

TEST_F(WasmTools, show_which_permission_an_import_needs) {
    EXPECT_EQ(inspect(fs::path(WASMBED_APPS) / "blink.wasm", out_, err_), 0);
    EXPECT_TRUE(said_line("  function wasmbed_device.led_set (i32, i32) -> i32: needs led:<n> or led:*")) << said();
    EXPECT_TRUE(said_line("  function wasmbed_timer.sleep_ms (i32) -> i32: no permission needed")) << said();
    EXPECT_EQ(inspect(file(test::kWrongImport), out_, err_), 0);
    EXPECT_TRUE(said_line("  function wasmbed_timer.monotonic_ms () -> i32: devices offer it as () -> i64")) << said();
}

TEST_F(WasmTools, show_what_a_module_declares) {
    EXPECT_EQ(inspect(file(test::kMath), out_, err_), 0);
    EXPECT_TRUE(said_line("  type                          10       19")) << said();
    EXPECT_TRUE(said_line("  custom \"name\"                126       38")) << said();
    EXPECT_TRUE(said_line("  function 1 divide (i32, i32) -> i32")) << said();
    EXPECT_TRUE(said_line("memory: 1 pages, at most 2; 65536 bytes a page")) << said();
    EXPECT_TRUE(said_line("table 0: funcref, 3 entries, at most 8")) << said();
    EXPECT_TRUE(said_line("name: math")) << said();
}

TEST_F(WasmTools, show_a_custom_page_size_and_the_producers) {
    EXPECT_EQ(inspect(file(test::kBytePages), out_, err_), 0);
    EXPECT_TRUE(said_line("memory: 100 pages, no maximum declared; 1 bytes a page (custom page size)")) << said();
    EXPECT_TRUE(said_line("producers, language: C 17")) << said();
}

TEST_F(WasmTools, show_the_sections_of_a_broken_module_before_the_reason) {
    EXPECT_EQ(inspect(file(Bytes(test::kMath).first(100)), out_, err_), 1);
    EXPECT_TRUE(said_line("  export                        51       32")) << said();
    EXPECT_EQ(complaint(), "malformed: length out of bounds at byte 84 (0x54)\n");
}

TEST_F(WasmTools, show_no_sections_of_what_is_no_module) {
    constexpr std::uint8_t kText[] = {'(', 'm', 'o', 'd', 'u', 'l', 'e', '\n', ' ', 2, 'x', 'y', ')'};
    EXPECT_EQ(inspect(file(kText), out_, err_), 1);
    EXPECT_EQ(said(), "");
    EXPECT_EQ(complaint(), "malformed: magic header not detected at byte 0 (0x0)\n");
}

TEST_F(WasmTools, measure_each_function) {
    EXPECT_EQ(measure(file(test::kDeep), 512, out_, err_), 0);
    std::istringstream last_line(said().substr(said().rfind('\n', said().size() - 2) + 1));
    std::uint32_t function = 1, body = 0, code = 0, frame = 0;
    std::string name;
    last_line >> function >> body >> code >> frame >> name;
    EXPECT_EQ(function, 0u) << said();
    EXPECT_EQ(body, 16u) << said();
    EXPECT_GT(code, 4u) << said();
    EXPECT_LT(code, 32u) << said();
    EXPECT_EQ(frame, 20u) << "a parameter, two slots of the link, two operands";
    EXPECT_EQ(name, "deep") << said();
}

TEST_F(WasmTools, measure_the_body_and_name_of_each_own_function) {
    const auto rows = [&](Bytes module) {
        out_.str("");
        EXPECT_EQ(measure(file(module), 512, out_, err_), 0);
        std::istringstream lines(said().substr(said().find("function")));
        std::string line, all;
        std::getline(lines, line);  // the columns' names
        while (std::getline(lines, line)) {
            std::istringstream row(line);
            std::string function, body, code, frame, name;
            row >> function >> body >> code >> frame >> name;
            all += function + ":" + body + ":" + name + " ";
        }
        return all;
    };
    EXPECT_EQ(rows(test::kMath), "0:7: 1:7:divide 2:8: 3:7:forever ");
    EXPECT_EQ(rows(test::kWasi), "2:31: ") << "the imported ones have none";
}

TEST_F(WasmTools, measure_memory_and_frames) {
    EXPECT_EQ(measure(file(test::kBytePages), 512, out_, err_), 0);
    EXPECT_TRUE(said_line("  of it linear memory                    100")) << said();
    EXPECT_TRUE(said_line("  of it frames (--stack)                 512")) << said();
    EXPECT_EQ(measure(file(wasm::test::kWrongType), 512, out_, err_), 1);
}

}  // namespace
}  // namespace wasmbed::wasm_tools
