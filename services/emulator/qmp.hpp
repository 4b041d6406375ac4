// QEMU's machine protocol (docs/interop/qmp-spec in QEMU's sources): one command per connection.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "host/base/json.hpp"
#include "host/base/task.hpp"

namespace wasmbed::emulator {

/// Connects to `socket`, negotiates, sends `command` with `arguments` and returns its "return" member. QEMU serves one
/// client at a time, so callers take turns. The error says what failed: no answer within the deadline, or QEMU's own
/// words.
Task<Result<json::value, std::string>> qmp_command(std::filesystem::path socket, std::string command,
                                                   json::object arguments, OpContext context);

/// Presses the reset button: memory-backed stores keep their content.
Task<Result<void, std::string>> qmp_reset(std::filesystem::path socket, OpContext context);

/// Reads `count` 32-bit words at physical `address` through the human monitor, as a person at QEMU's prompt would.
Task<Result<std::vector<std::uint32_t>, std::string>> qmp_read_words(std::filesystem::path socket,
                                                                     std::uint64_t address, unsigned count,
                                                                     OpContext context);

/// The words in the answer of the monitor's `xp /Nwx ADDRESS`: lines of "0000000040028000: 0x00000001 0x00000000".
Result<std::vector<std::uint32_t>, std::string> parse_memory_dump(std::string_view text, unsigned count);

}  // namespace wasmbed::emulator
