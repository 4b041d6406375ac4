// What the schema of an Application cannot say: the condition Accepted.
#pragma once

#include "host/fleet/application.hpp"
#include "host/fleet/manifest_content.hpp"
#include "services/controller/spec_problem.hpp"

namespace wasmbed::controller {

/// Checks target, name, permissions, the module (module_check.hpp), and that everything fits a manifest; gives what the
/// manifest says of the module.
Result<fleet::ModuleFacts, SpecProblem> check_application(const json::value& object, const fleet::Application& app);

}  // namespace wasmbed::controller
