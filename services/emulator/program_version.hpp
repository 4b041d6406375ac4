// Whether the program that a recipe names is there, and new enough.
#pragma once

#include <filesystem>
#include <string>

#include "core/base/result.hpp"
#include "host/base/task.hpp"

namespace wasmbed::emulator {

/// The version that `binary --version` tells; empty: it tells none. The error says what is missing and how to get it.
Task<Result<std::string, std::string>> program_version(std::string binary);

/// Runs `binary --version` and compares. The error says what is missing and how to get it.
Task<Result<void, std::string>> check_program(std::string binary, std::string min_version);

/// Where programs lie that setup fetched because the system's are too old for some boards.
std::filesystem::path private_programs(const std::filesystem::path& firmware_dir);

/// The system's `binary` when it is good enough, else the one in `folder`, which need not exist. The error is about the
/// system's.
Task<Result<std::string, std::string>> find_program(std::string binary, std::string min_version,
                                                    std::filesystem::path folder);

}  // namespace wasmbed::emulator
