// `wasmbed apply` and `wasmbed delete`.
#pragma once

#include <string>
#include <vector>

#include "host/cli/context.hpp"

namespace wasmbed::cli {

/// The objects of YAML or JSON files, of all such files in a folder, or of `stdin_text` for "-"; Lists are taken apart.
/// The error names file and place.
Result<std::vector<json::value>, std::string> read_objects(const std::vector<std::string>& files,
                                                           const std::string& stdin_text);

/// Makes each object what it says, as `kubectl apply` does (three-way merge over the last-applied annotation, so both
/// can be used in turn), and prints "device.wasmbed.io/board-1 created", "configured" or "unchanged". Goes on after an
/// error; 1 if there was one.
Task<int> apply(Context& context, std::vector<json::value> objects);

/// The merge patch that turns `current` into `wanted`: what `wanted` says is set, what only the last-applied one said
/// is removed, the rest stays. Empty when nothing is to do.
json::object three_way_patch(const json::object& last_applied, const json::object& wanted, const json::object& current);

/// Deletes the named objects, or those of the files; prints `device.wasmbed.io "board-1" deleted`.
Task<int> remove_named(Context& context, std::vector<std::string> words);
Task<int> remove_objects(Context& context, std::vector<json::value> objects);

}  // namespace wasmbed::cli
