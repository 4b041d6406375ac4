// The conditions and the phase of an Application, from its counts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/controller/application_check.hpp"
#include "services/controller/fit.hpp"
#include "services/controller/rollout_counts.hpp"

namespace wasmbed::controller {

/// Accepted, Progressing, Degraded and Ready, without times. `problem` is null for an acceptable spec.
std::vector<fleet::Condition> application_conditions(const fleet::Application& app, const SpecProblem* problem,
                                                     const FitReport& fits, const fleet::Rollout& rollout,
                                                     const RolloutCounts& counts);

/// One word for display: Rejected, Suspended, Pending, Degraded, Progressing, Completed or Running.
std::string application_phase(const fleet::Application& app, const SpecProblem* problem, const fleet::Rollout& rollout,
                              const RolloutCounts& counts);

}  // namespace wasmbed::controller
