// Whether the program that a recipe names is there, and new enough.
#pragma once

#include <string>

#include "core/base/result.hpp"
#include "host/base/task.hpp"

namespace wasmbed::emulator {

/// The version that `binary --version` tells; empty: it tells none. The error says what is missing and how to get it.
Task<Result<std::string, std::string>> program_version(std::string binary);

/// Runs `binary --version` and compares. The error says what is missing and how to get it.
Task<Result<void, std::string>> check_program(std::string binary, std::string min_version);

}  // namespace wasmbed::emulator
