// What each device's apps used over the last six hours, by its heartbeats.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/base/json.hpp"

namespace wasmbed::web {

/// One device's word, as a gateway's `GET /v1/usage` has it.
struct DeviceUsage {
    std::string device;  ///< "namespace/name"
    std::uint64_t uptime_ms = 0;
    std::uint32_t memory_bytes = 0;
    std::uint32_t fuel = 0;  ///< since the device started, modulo 2^32
};

/// Apart from SeriesStore: metrics never have a device as a label, and a fleet has far more devices than roles.
class UsageStore {
  public:
    static constexpr std::int64_t kStepSeconds = 30;  ///< a heartbeat's usual period
    static constexpr std::size_t kSlots = 720;        ///< six hours; 12 bytes each
    static constexpr std::size_t kDevicesMax = 10'000;
    using Slot = std::int64_t;  ///< Unix time / kStepSeconds

    /// Keeps what a device said in `now`; a later word within the same slot replaces it. Devices over kDevicesMax are
    /// left out.
    void put(const DeviceUsage& usage, Slot now);

    /// Forgets devices of which nothing was heard for kSlots.
    void forget_old(Slot now);

    /// `{"step", "from", "memoryBytes": [...], "fuelPerSecond": [...]}` from slot `from` to `to`; null where nothing
    /// is known.
    json::object query(const std::string& device, Slot from, Slot to) const;

    /// What a device said in a slot; fuel below 0: not known.
    struct Word {
        float memory_bytes = 0;
        float fuel_per_second = -1;
    };
    /// Calls `each(device, word)` for what is known of `slot`, the newest or the one before.
    template <class Each>
    void each_of(Slot slot, Each each) const {
        for (const auto& [device, history] : devices_) {
            for (auto at = history.samples.rbegin(); at != history.samples.rend() && history.first + at->age >= slot;
                 ++at) {
                if (history.first + at->age == slot) each(device, Word{at->memory_bytes, at->fuel_per_second});
            }
        }
    }
    /// Words in order of time, as they were before a restart, of a device of which nothing is known yet.
    void restore(const std::string& device, const std::vector<std::pair<Slot, Word>>& words);

  private:
    struct Sample {
        std::int32_t age = 0;  ///< slots since the device's first one
        float memory_bytes = 0;
        float fuel_per_second = -1;  ///< below 0: not known, since it takes two heartbeats of one boot
    };
    struct History {
        Slot first = 0;
        std::deque<Sample> samples;
        std::optional<DeviceUsage> last;
    };
    std::map<std::string, History> devices_;
};

/// The devices of an answer to `GET /v1/usage`; lines that cannot be read are left out.
std::deque<DeviceUsage> parse_usage(std::string_view lines);

}  // namespace wasmbed::web
