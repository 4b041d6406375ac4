// What the schema of an Application cannot say: the condition Accepted.
#pragma once

#include <string>

#include "host/fleet/application.hpp"
#include "host/fleet/manifest_content.hpp"

namespace wasmbed::controller {

/// Largest module that fits inline, bytes; the schema bounds its base64.
constexpr std::size_t kInlineModuleBytesMax = 128 * 1024;

/// Why an Application cannot run anywhere.
struct SpecProblem {
    std::string reason;   ///< InvalidTarget, InvalidName, InvalidModule, ModuleTooLarge, InvalidPermission, InvalidSpec
    std::string message;  ///< names the field and what would be right

    bool operator==(const SpecProblem&) const = default;
};

/// Checks target, name, module bytes, permissions, and that everything fits a manifest; gives what the manifest says of
/// the module.
Result<fleet::ModuleFacts, SpecProblem> check_application(const json::value& object, const fleet::Application& app);

}  // namespace wasmbed::controller
