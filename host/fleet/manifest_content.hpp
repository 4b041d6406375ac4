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
    std::uint64_t memory_bytes = 0;  ///< linear memory it declares; not part of a manifest
};

/// The manifest of core/proto/manifest.cddl, encoded. Only what a device needs goes in: target and suspended are not
/// part of it, so changing them makes no revision. The error says which part of the spec does not fit a manifest.
Result<std::vector<std::uint8_t>, std::string> manifest_payload(const Application& app, const ModuleFacts& module,
                                                                std::uint64_t sequence, const std::string& revision);

/// A revision's content signed anew as a rollback: devices accept it in place of a later one.
struct RollbackContent {
    std::string name;
    std::int64_t sequence = 0;  ///< that of the revision it repeats
    std::vector<std::uint8_t> payload;
};

/// `stable_payload` is the manifest of the revision to go back to. The same one always gives the same result.
Result<RollbackContent, std::string> rollback_content(const std::string& app_name, Bytes stable_payload);

/// Whether a manifest's payload says that it is a rollback.
bool is_rollback(Bytes payload);

/// The name of the revision that `app` has at `sequence`: `<app>-<10 hex digits>` of the SHA-256 of its content. The
/// same spec at the same sequence always has the same name, so that a repeated pass finds what the first one made.
Result<std::string, std::string> revision_name(const Application& app, const ModuleFacts& module,
                                               std::uint64_t sequence);

}  // namespace wasmbed::fleet
