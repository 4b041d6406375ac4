// Which layout a data folder has, so that a newer or a half folder is refused before anything in it changes.
#pragma once

#include <filesystem>
#include <string>

#include "core/base/result.hpp"

namespace wasmbed::cli {

/// Layout that this program writes. 0, without a file that says so, was the same but for that file.
inline constexpr int kDataFormat = 1;

/// Looks only. An error names the folder, what is wrong and what to do: it was written by a newer wasmbed, DIR/format
/// is not readable, or the objects' database is missing beside the devices' stores (starting without it would end in
/// these stores being removed, as of deleted devices).
Result<void, std::string> check_data_format(const std::filesystem::path& folder);

/// Brings an older layout to kDataFormat and records it in DIR/format. To be called after check_data_format, by the
/// holder of the folder's lock.
Result<void, std::string> settle_data_format(const std::filesystem::path& folder, const std::string& version);

}  // namespace wasmbed::cli
