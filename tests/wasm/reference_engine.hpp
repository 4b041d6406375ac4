// What another engine makes of a module: wabt's interpreter, a program of its own.
#pragma once

#include <string>
#include <vector>

namespace wasmbed::wasm::test {

/// One exported function and what a call of it without arguments gave: "i64:5" (integers unsigned) or "trap: " and
/// text_of(TrapKind).
struct ExportRun {
    std::string name;
    std::string outcome;
    bool operator==(const ExportRun&) const = default;
};

/// Runs `wasm-interp` on a file: all exported functions without parameters, in the order of the exports, in one
/// instance. If the module is refused, one entry without a name that says why.
std::vector<ExportRun> run_reference(const std::string& path);

/// Whether there is a wasm-interp.
bool has_reference();

}  // namespace wasmbed::wasm::test
