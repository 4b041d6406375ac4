// Why an Application's spec is not acceptable.
#pragma once

#include <string>

#include "core/base/result.hpp"

namespace wasmbed::controller {

/// Goes into the condition Accepted.
struct SpecProblem {
    std::string reason;   ///< docs/reference/objects.md lists them
    std::string message;  ///< names the field and what would be right

    bool operator==(const SpecProblem&) const = default;
};

inline auto spec_problem(std::string reason, std::string message) {
    return fail(SpecProblem{std::move(reason), std::move(message)});
}

}  // namespace wasmbed::controller
