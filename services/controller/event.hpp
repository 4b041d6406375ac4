// An Event that a decision asks for.
#pragma once

#include <string>

namespace wasmbed::controller {

/// Recorded about the object that was decided on. Only transitions make events, never states.
struct EventToRecord {
    bool warning = false;
    std::string reason;   ///< one CamelCase word
    std::string message;  ///< a sentence for people

    bool operator==(const EventToRecord&) const = default;
};

}  // namespace wasmbed::controller
