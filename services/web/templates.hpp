// Apps that are ready to be deployed: modules with a description beside them.
#pragma once

#include <filesystem>

#include "host/base/json.hpp"

namespace wasmbed::web {

inline constexpr std::size_t kTemplatesMax = 100;

/// An entry for each NAME.wasm in `folder` that has a NAME.json (examples/apps/NAME/template.json): its title,
/// description, permissions, limits, restart and config as they stand there, and the module in base64. What cannot be
/// read, or is larger than an Application may hold, is logged and left out. Blocks on the disk.
json::array read_templates(const std::filesystem::path& folder);

}  // namespace wasmbed::web
