// The terminal in the browser: a line in, what the command printed out. Our own commands only; no shell, no files, no
// environment of this process.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "host/cli/context.hpp"

namespace wasmbed::cli {

inline constexpr std::chrono::seconds kTerminalLimit{30};
inline constexpr std::size_t kTerminalOutputBytesMax = 256 * 1024;
inline constexpr std::size_t kTerminalLineBytesMax = 4096;

struct TerminalAnswer {
    int exit_status = 0;  ///< 2: not a command line that is known
    std::string output;
    std::string errors;
    bool truncated = false;
    bool timed_out = false;
};

/// Runs one line as the user of `config`: `wasmbed ...` or `kubectl ...`, the first word may be left out. Never takes
/// longer than `limit`; the output that there was until then is in the answer.
Task<TerminalAnswer> run_terminal_line(IoContext& io, kube::Kubeconfig config, std::string ns, std::string line,
                                       std::string version, std::chrono::milliseconds limit = kTerminalLimit);

/// What may stand in place of line[from:].
struct Completion {
    std::size_t from = 0;
    std::vector<std::string> candidates;  ///< sorted
};
Task<Completion> complete_terminal_line(IoContext& io, kube::Kubeconfig config, std::string ns, std::string line);

/// The words of a line: blanks part them, quotation marks of both kinds keep them together, a backslash takes the next
/// character as it is. The error names a quotation mark that is not closed.
Result<std::vector<std::string>, std::string> split_line(std::string_view line);

}  // namespace wasmbed::cli
