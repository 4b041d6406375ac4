#include "tests/wasm/reference_engine.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "core/wasm/instance.hpp"

namespace wasmbed::wasm::test {

namespace {

std::string output_of(const std::string& command) {
    std::string text;
    std::FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return text;
    std::array<char, 4096> part{};
    for (std::size_t n = 0; (n = std::fread(part.data(), 1, part.size(), pipe)) > 0;) text.append(part.data(), n);
    pclose(pipe);
    return text;
}

/// wabt's words for a trap, which it may go on after, as ours.
std::string trap_of(std::string_view text) {
    struct Words {
        std::string_view theirs;
        TrapKind ours;
    };
    static constexpr Words kWords[] = {{"unreachable executed", TrapKind::kUnreachable},
                                       {"integer divide by zero", TrapKind::kIntegerDivideByZero},
                                       {"integer overflow", TrapKind::kIntegerOverflow},
                                       {"invalid conversion to integer", TrapKind::kInvalidConversion},
                                       {"out of bounds memory access", TrapKind::kMemoryOutOfBounds},
                                       {"out of bounds table access", TrapKind::kTableOutOfBounds},
                                       {"undefined table index", TrapKind::kUndefinedElement},
                                       {"uninitialized table element", TrapKind::kUninitializedElement},
                                       {"indirect call signature mismatch", TrapKind::kIndirectCallType},
                                       {"call stack exhausted", TrapKind::kStackExhausted}};
    for (const Words& words : kWords) {
        if (text.starts_with(words.theirs)) return std::string("trap: ") + text_of(words.ours);
    }
    return "trap: unknown: " + std::string(text);
}

}  // namespace

std::vector<ExportRun> run_reference(const std::string& path) {
    const std::string text =
        output_of("wasm-interp --enable-tail-call --enable-multi-memory --run-all-exports '" + path + "' 2>&1");
    std::vector<ExportRun> runs;
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size() - 1);
        const std::string_view line = rest.substr(0, rest[end] == '\n' ? end : end + 1);
        rest.remove_prefix(end + 1);
        constexpr std::string_view kArrow = "() => ";
        constexpr std::string_view kError = "error: ";
        const std::size_t arrow = line.find(kArrow);
        if (arrow == std::string_view::npos) {
            runs.push_back({"", std::string(line)});
            continue;
        }
        const std::string_view outcome = line.substr(arrow + kArrow.size());
        runs.push_back({std::string(line.substr(0, arrow)),
                        outcome.starts_with(kError) ? trap_of(outcome.substr(kError.size())) : std::string(outcome)});
    }
    return runs;
}

bool has_reference() {
    return std::system("wasm-interp --version >/dev/null 2>&1") == 0;
}

}  // namespace wasmbed::wasm::test
