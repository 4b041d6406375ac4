// `wasmbed wasm`: what the engine says about a module, and a plain runner. All return the exit status: 0, or 1 with
// the reason on `err`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace wasmbed::wasm_tools {

/// Prints ok, or the rule that is broken with its offset.
int validate(const std::filesystem::path& file, std::ostream& out, std::ostream& err);

/// Sections, imports with the permissions they need, exports, memory, tables, names. Of a module that is refused: the
/// sections, then the reason.
int inspect(const std::filesystem::path& file, std::ostream& out, std::ostream& err);

/// Bytes that the module takes on a device: its image, scratch for making it, RAM of one instance whose frames have
/// `stack_bytes`.
int measure(const std::filesystem::path& file, std::uint32_t stack_bytes, std::ostream& out, std::ostream& err);

/// The translated code of one function, or of all, beside the module's bytes it was made from.
int disasm(const std::filesystem::path& file, std::optional<std::uint32_t> function, std::ostream& out,
           std::ostream& err);

/// Writes the module to `to` with a memory of just what its stack and data take (shrunk_module.hpp), or says why not.
int shrink(const std::filesystem::path& file, const std::filesystem::path& to, std::ostream& out, std::ostream& err);

struct RunOptions {
    std::filesystem::path file;
    std::string invoke;                 ///< exported function; empty: _start, as on a device
    std::optional<std::uint64_t> fuel;  ///< units at most; without: no bound
    std::vector<std::string> args;      ///< of the function; without `invoke` the program's command line
};

/// Runs, and prints each result as type:value. With proc_exit its code is the exit status. Blocks until the program
/// ends.
int run(const RunOptions& options, std::ostream& out, std::ostream& err);

}  // namespace wasmbed::wasm_tools
