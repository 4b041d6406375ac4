// From an Application's spec to the manifest of a revision: bytes, name, and whether anything changed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "host/fleet/application.hpp"

namespace wasmbed::fleet {

/// What a manifest says of the module.
struct ModuleFacts {
    Digest sha256{};
    std::uint64_t bytes = 0;
};

/// The manifest of core/proto/manifest.cddl, encoded. Only what a device needs goes in: target and suspended are not
/// part of it, so changing them makes no revision. The error says which part of the spec does not fit a manifest.
Result<std::vector<std::uint8_t>, std::string> manifest_payload(const Application& app, const ModuleFacts& module,
                                                                std::uint64_t sequence, const std::string& revision);

/// The name of the revision that `app` has at `sequence`: `<app>-<10 hex digits>` of the SHA-256 of its content. The
/// same spec at the same sequence always has the same name, so that a repeated pass finds what the first one made.
Result<std::string, std::string> revision_name(const Application& app, const ModuleFacts& module,
                                               std::uint64_t sequence);

}  // namespace wasmbed::fleet
