// One of several equal processes acts at a time: a Lease says which.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "host/kube/client.hpp"

namespace wasmbed::kube {

struct LeaderElectionOptions {
    ObjectKey lease;       ///< namespace and name of the Lease
    std::string identity;  ///< of this process; one that starts again under its former identity goes on at once
    /// Silence of the holder after which another takes over. A holder that could not renew for two thirds of it stops
    /// acting, so that no two act at once. The client's timeout must be well below the remaining third.
    std::chrono::seconds duration{10};
    std::chrono::milliseconds renew_every{2'000};
    std::chrono::milliseconds retry_every{1'000};  ///< of those that wait
};

/// What a Lease says; times are the server's text, compared for equality only: no two clocks are.
struct LeaseRecord {
    std::string holder;
    std::string renewed;
    std::chrono::seconds duration{0};
    std::string resource_version;
    std::int64_t transitions = 0;
};

LeaseRecord lease_from_json(const json::value& object);

/// Follows one Lease: whether its holder is silent, by this process's own clock since it saw the last change.
class LeaseWatchdog {
  public:
    /// Notes what was read at `now`; gives how long the holder has been silent.
    SteadyClock::duration observe(const LeaseRecord& record, SteadyClock::time_point now);

  private:
    std::string seen_;
    SteadyClock::time_point since_{};
};

class LeaderElection {
  public:
    LeaderElection(Client& client, LeaderElectionOptions options) : client_(client), options_(std::move(options)) {}

    /// Waits until this process holds the Lease.
    Task<> acquire();
    /// Renews; returns once the Lease was lost, or could not be renewed in time: stop acting at once.
    Task<> keep();
    /// Gives the Lease up, so that another need not wait. Best effort.
    Task<> release();

    bool leads() const { return leads_; }

  private:
    Task<bool> try_acquire();
    Task<ApiResult<json::value>> write(std::string holder, bool fresh);

    Client& client_;
    LeaderElectionOptions options_;
    LeaseWatchdog watchdog_;
    std::optional<LeaseRecord> record_;
    bool leads_ = false;
};

}  // namespace wasmbed::kube
