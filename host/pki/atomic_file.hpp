// Files that are whole or absent, whenever the power goes.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "host/pki/error.hpp"

namespace wasmbed::pki {

/// Replaces `path` by `content`: temporary file in the same folder, fsync, rename, fsync of the folder. Blocks on the
/// disk. `mode` (0600 for keys) holds from the first byte on, whatever the umask. Errors name the path and the reason.
PkiResult<void> write_file_atomic(const std::filesystem::path& path, std::string_view content, mode_t mode);

/// As above, but leaves the file alone when it holds exactly `content` already.
PkiResult<void> write_file_if_changed(const std::filesystem::path& path, std::string_view content, mode_t mode);

/// The whole file, at most 1 MiB. Errors name the path and the reason.
PkiResult<std::string> read_small_file(const std::filesystem::path& path);

/// Makes renames and new files in `folder` durable.
PkiResult<void> sync_folder(const std::filesystem::path& folder);

}  // namespace wasmbed::pki
