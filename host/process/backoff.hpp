// How long to wait before a child that ended is started again.
#pragma once

#include <algorithm>
#include <chrono>

namespace wasmbed {

/// Doubling delays: `first`, 2 x, ... up to `limit`. A child that ran for `stable` or longer starts over at `first`.
class Backoff {
  public:
    using Duration = std::chrono::milliseconds;
    Backoff(Duration first, Duration limit, Duration stable) : first_(first), limit_(limit), stable_(stable) {}

    /// The delay after a run that lasted `ran_for`.
    Duration next(Duration ran_for) {
        if (ran_for >= stable_) reset();
        const Duration delay = std::min(limit_, next_);
        next_ = std::min(limit_, next_ * 2);
        return delay;
    }
    void reset() { next_ = first_; }

  private:
    Duration first_;
    Duration limit_;
    Duration stable_;
    Duration next_ = first_;
};

}  // namespace wasmbed
