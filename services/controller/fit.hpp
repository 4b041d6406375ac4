// Whether an Application fits its devices, told before anything is sent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/fleet/app_needs.hpp"
#include "host/fleet/application.hpp"
#include "services/controller/spec_problem.hpp"

namespace wasmbed::controller {

using fleet::AppNeeds;

struct FitReport {
    std::int64_t fitting = 0;
    std::int64_t unknown = 0;  ///< devices that have not said what they offer
    std::int64_t misfits = 0;
    std::string examples;                      ///< the first few misfits: device and what is missing
    std::vector<const fleet::Device*> takers;  ///< all but the misfits: those that it is sent to
};

/// Pure. A device that has never connected has told nothing and is unknown.
FitReport fit(const AppNeeds& needs, const std::vector<const fleet::Device*>& devices);

/// The problem of an Application that fits none of its devices; nullopt while one fits or may fit.
std::optional<SpecProblem> fit_problem(const FitReport& report);

/// Another Application that came earlier and wants a pin that only one can have, on a device that both are for. A pin
/// is exclusive when a permission names it alone for output: led:<n>, gpio:<pin>:out. `devices` are those of the
/// namespace.
std::optional<SpecProblem> pin_problem(const fleet::Application& app, const std::vector<fleet::Application>& others,
                                       const std::vector<const fleet::Device*>& devices);

}  // namespace wasmbed::controller
