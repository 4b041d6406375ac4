// What to do about one Application, decided without I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/fleet/app_needs.hpp"
#include "host/fleet/application.hpp"
#include "host/fleet/device.hpp"
#include "services/controller/application_check.hpp"
#include "services/controller/event.hpp"

namespace wasmbed::controller {

/// Revisions of an Application that are kept; older ones are deleted unless the rollout names them.
constexpr std::size_t kRevisionsKept = 10;

/// One ApplicationRevision of this Application, as far as the decision looks at it.
struct RevisionFacts {
    std::string name;
    std::int64_t sequence = 0;
    /// The manifest's payload, if our own key signed it. Anything else is never what we would sign now, so a damaged or
    /// foreign revision is replaced.
    std::optional<std::vector<std::uint8_t>> payload;

    bool is_rollback() const { return payload && fleet::is_rollback(*payload); }
};

/// Everything the decision looks at.
struct ApplicationObserved {
    fleet::Application app;
    Result<fleet::ModuleFacts, SpecProblem> checked;  ///< from `check_application`
    std::vector<RevisionFacts> revisions;             ///< those whose owner is this Application
    std::vector<const fleet::Device*> devices;        ///< of its namespace, by name
    std::vector<fleet::Application> others{};         ///< of its namespace
};

struct NewRevision {
    std::string name;
    std::int64_t sequence = 0;
    std::vector<std::uint8_t> payload;  ///< manifest to sign
    std::string module_of;              ///< revision whose module it has; empty: the Application's
    fleet::AppNeeds needs;
};

struct ApplicationDecision {
    /// To be created before the status is written, which names it.
    std::optional<NewRevision> create;
    std::optional<NewRevision> create_rollback;  ///< likewise
    std::vector<std::string> delete_revisions;
    json::object status;  ///< the whole status as it should be
    /// More than counts has changed, or there is something to tell: the status is written at once.
    bool urgent = false;
    std::vector<EventToRecord> events;
    std::optional<WallClock::time_point> look_again;  ///< though nothing changes
};

/// Pure.
ApplicationDecision decide_application(const ApplicationObserved& observed, WallClock::time_point now);

}  // namespace wasmbed::controller
