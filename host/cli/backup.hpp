// A whole data folder in one file, and back.
#pragma once

#include <filesystem>
#include <string>

#include "core/base/result.hpp"

namespace wasmbed::cli {

/// Writes everything of `data` that is worth keeping into the new file `archive` (a compressed tar, mode 0600: keys are
/// in it), while the platform runs or not: the databases as of one committed state each, the boards' stores as of one
/// moment each, so that no device knows something its objects do not. Consoles and roles' logs are left out. Refuses to
/// write over a file. Blocks; the error says what to do, and nothing is left of a file that was begun.
Result<void, std::string> backup(const std::filesystem::path& data, const std::filesystem::path& archive);

/// Makes the folder `data`, which must be absent or empty, from `archive`: whole, or not at all. Refuses what a newer
/// program wrote and databases that are damaged.
Result<void, std::string> restore(const std::filesystem::path& archive, const std::filesystem::path& data);

}  // namespace wasmbed::cli
