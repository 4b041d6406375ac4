// YAML in and out, as JSON values: kubeconfig files, CRDs, and what people write by hand.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/base/json.hpp"

namespace wasmbed {

/// All documents of a YAML 1.2 text as JSON; empty documents are left out. Plain scalars become null, bool, integer or
/// number by the core schema (which has no `yes`/`on`), everything quoted stays a string. Anchors and aliases are
/// followed, at most 1,000,000 nodes in all. The error names line and column.
Result<std::vector<json::value>, std::string> parse_yaml(std::string_view text);

/// Block-style YAML as `kubectl -o yaml` prints it: members sorted by name, strings quoted only where they must be.
std::string to_yaml(const json::value& value);

}  // namespace wasmbed
