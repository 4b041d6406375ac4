// Copies of boards' stores while the boards run.
#pragma once

#include <filesystem>
#include <string>

#include "core/base/result.hpp"

namespace wasmbed::cli {

/// Copies what the emulator keeps of each board below `devices` (<namespace>/<name>/{state.json,store.img}) into
/// `into`, written anew. A store is read until two reads in a row agree: it is then as it was at one moment in between,
/// as after a power cut. The error names a store that never rests.
Result<void, std::string> copy_boards(const std::filesystem::path& devices, const std::filesystem::path& into);

}  // namespace wasmbed::cli
