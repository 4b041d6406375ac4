// Whether a device may have a certificate for the key it asked with.
#pragma once

#include <string>

#include "host/fleet/device.hpp"

namespace wasmbed::controller {

enum class EnrollmentAction {
    none,   ///< nothing to issue: no request, or it has been answered
    issue,  ///< issue a certificate for the request's key
    wait,   ///< a person has to decide
    refuse  ///< this request will not be answered as things are
};

/// What to do, and how the condition Enrolled should read.
struct EnrollmentVerdict {
    EnrollmentAction action = EnrollmentAction::none;
    std::string reason;
    std::string message;
};

/// The policy: a person's rejection wins; then the board and the pinned key must fit; then a checked token, or a
/// person's approval of the pinned key, is enough. A device that has a certificate gets one for another key only with a
/// token or a pin that names it. Pure.
EnrollmentVerdict decide_enrollment(const fleet::Device& device);

}  // namespace wasmbed::controller
