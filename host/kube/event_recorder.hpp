// Kubernetes Events: what happened to an object, for `kubectl describe`.
#pragma once

#include <map>
#include <string>
#include <tuple>

#include "host/kube/client.hpp"

namespace wasmbed::kube {

/// Writes core/v1 Events. The same event about the same object within an hour raises the count of the first one instead
/// of making another. Record transitions, not states. A failed write is logged and otherwise ignored.
class EventRecorder {
  public:
    /// `component`: who reports ("wasmbed-controller"); `host`: its instance, may be empty.
    EventRecorder(Client& client, std::string component, std::string host = {});

    /// `type` is "Normal" or "Warning", `reason` one CamelCase word, `message` a sentence for people.
    Task<> record(json::value object, std::string type, std::string reason, std::string message);

  private:
    using Key = std::tuple<std::string, std::string, std::string, std::string>;  // uid, type, reason, message
    struct Seen {
        std::string name;
        std::int64_t count;
        SteadyClock::time_point last;
    };

    Client& client_;
    std::string component_;
    std::string host_;
    std::map<Key, Seen> seen_;  // at most kSeenMax, oldest out
};

}  // namespace wasmbed::kube
