// How often one object's counts are written.
#pragma once

#include <chrono>
#include <map>
#include <optional>

#include "host/base/task.hpp"
#include "host/kube/types.hpp"

namespace wasmbed::controller {

/// A rollout to 10,000 devices makes as many reports within seconds, and each changes the counts in the Application's
/// status. A token bucket per object: kBurst writes at once, so that a few devices show without delay, then one per
/// kInterval.
class StatusPace {
  public:
    static constexpr int kBurst = 20;
    static constexpr std::chrono::milliseconds kInterval{1'000};

    /// Takes a token; without one, says how long until there is one, and takes nothing.
    std::optional<std::chrono::milliseconds> wait(const kube::ObjectKey& key, SteadyClock::time_point now);
    void forget(const kube::ObjectKey& key) { full_at_.erase(key); }

  private:
    std::map<kube::ObjectKey, SteadyClock::time_point> full_at_;  ///< when the bucket is full again
};

}  // namespace wasmbed::controller
