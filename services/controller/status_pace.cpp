#include "services/controller/status_pace.hpp"

#include <algorithm>

namespace wasmbed::controller {

std::optional<std::chrono::milliseconds> StatusPace::wait(const kube::ObjectKey& key, SteadyClock::time_point now) {
    SteadyClock::time_point& full_at = full_at_[key];
    SteadyClock::time_point then = std::max(full_at, now) + kInterval;
    SteadyClock::time_point latest = now + kBurst * kInterval;
    if (then > latest) return std::chrono::ceil<std::chrono::milliseconds>(then - latest);
    full_at = then;
    return std::nullopt;
}

}  // namespace wasmbed::controller
