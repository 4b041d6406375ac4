// wasm_resume, on the host and on boards: reads programs.txt in the current folder (a path on each line), and runs each
// program whole and interrupted in every way there is. The ends must be the same to the last bit.
#include <algorithm>
#include <cstdio>
#include <set>
#include <string>

#include "core/wasm/backtrace.hpp"
#include "core/wasm/function_bodies.hpp"
#include "tests/resume/interrupter.hpp"
#include "tests/resume/program.hpp"

namespace {

using namespace wasmbed;
using namespace wasmbed::resume;

constexpr std::int64_t kFuel = 60'000;  // most programs end before, some never do

std::vector<std::uint8_t> read_file(const std::string& path) {
    std::vector<std::uint8_t> bytes;
    std::FILE* file = std::fopen(path.c_str(), "rb");
    if (file == nullptr) return bytes;
    std::uint8_t buffer[1024];
    for (std::size_t n; (n = std::fread(buffer, 1, sizeof buffer, file)) > 0;)
        bytes.insert(bytes.end(), buffer, buffer + n);
    std::fclose(file);
    return bytes;
}

std::vector<std::string> read_lines(const char* path) {
    const std::vector<std::uint8_t> text = read_file(path);
    std::vector<std::string> lines(1);
    for (const std::uint8_t c : text) {
        if (c == '\n')
            lines.emplace_back();
        else
            lines.back() += static_cast<char>(c);
    }
    lines.pop_back();
    return lines;
}

/// Can a slice end at this instruction, or go on with it? At calls, br_tables and bulk operations it ends in front of
/// them; a loop's branch goes on with what the loop does first, which may be anything.
bool stands_in_its_function(const wasm::Module& module, const wasm::Frame& frame, MutableBytes work) {
    const auto at = wasm::locate(module, frame.code_offset, work);
    const auto [begin, end] = wasm::body_of(module, frame.function);
    return at && *at > begin && *at < end;
}

struct Verdict {
    unsigned failures = 0;
    void expect(bool good, const std::string& program, const char* what) {
        if (good) return;
        ++failures;
        std::printf("FAILED %s: %s\n", program.c_str(), what);
    }
};

void check(const std::string& path, Verdict& verdict) {
    const std::string name = path.substr(path.rfind('/') + 1);
    Program program(read_file(path));
    if (!program.refusal().empty()) return verdict.expect(false, name, program.refusal().c_str());
    const End whole = program.run_whole(kFuel);

    std::set<std::pair<std::uint32_t, std::uint32_t>> places;  // function, code offset
    bool all_have_frames = true;
    const End units = program.run_in_units(kFuel, [&](const wasm::Instance& instance) {
        wasm::Frame frame;
        if (wasm::backtrace(instance, {&frame, 1}) == 0) all_have_frames = false;
        places.insert({frame.function, frame.code_offset});
    });
    verdict.expect(units == whole, name, "another end in slices of one unit");
    verdict.expect(all_have_frames, name, "stood where no frame is");

    verdict.expect(program.run_suspended(kFuel) == whole, name, "another end with suspended host calls");

    std::size_t moves = 0;
    verdict.expect(program.run_moved(kFuel, kMovesMax, moves) == whole, name,
                   "another end when moved to other instances");
    verdict.expect(moves == std::min(places.size(), kMovesMax), name, "not moved wherever it stood");

    unsigned cuts = 0;
    verdict.expect(program.run_interrupted(kFuel, cuts) == whole, name, "another end with interrupts");

    Room work(program.module().image().size() + 72 * 1024);
    std::size_t unknown = 0;
    std::size_t located = 0;
    for (const auto& [function, offset] : places) {
        if (located == kPlacesMax) break;
        ++located;
        unknown += !stands_in_its_function(program.module(), {nullptr, function, offset}, work.span());
    }
    verdict.expect(unknown == 0, name, "a suspension point is no instruction of its function");
    std::printf("%-28s %-34s stopped %7ld times at %4u places (%u located), %4u interrupts\n", name.c_str(),
                whole.outcome.c_str(), static_cast<long>(units.spent), static_cast<unsigned>(places.size()),
                static_cast<unsigned>(located), cuts);
}

}  // namespace

int main() {
    Verdict verdict;
    const std::vector<std::string> paths = read_lines("programs.txt");
    for (const std::string& path : paths) check(path, verdict);
    std::printf("resume               passed %6u  failed %4u  skipped    0\n",
                static_cast<unsigned>(7 * paths.size() - verdict.failures), verdict.failures);
    return verdict.failures == 0 && !paths.empty() ? 0 : 1;
}
