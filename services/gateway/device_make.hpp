// What devices of one make have in common, kept once.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "core/proto/messages.hpp"
#include "host/base/json.hpp"

namespace wasmbed::gateway {

/// From Hello, as Device.status shows it.
struct DeviceMake {
    std::string firmware, engine_build, reset_reason;
    json::object capacity;

    json::object firmware_json() const {
        return {{"version", firmware}, {"engineBuild", engine_build}, {"resetReason", reset_reason}};
    }
};
using DeviceMakePtr = std::shared_ptr<const DeviceMake>;

/// Thousands of sessions with boards of the same firmware share one DeviceMake. Used on one thread.
class MakeTable {
  public:
    DeviceMakePtr share(const proto::Hello& hello);

  private:
    std::map<std::string, std::weak_ptr<const DeviceMake>> makes_;  ///< by all of it as text
    std::size_t swept_size_ = 64;  ///< entries at which those that nobody has any more go
};

}  // namespace wasmbed::gateway
