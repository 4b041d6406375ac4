// Six hours of metrics in memory, one sample of each series every ten seconds.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "host/base/json.hpp"
#include "services/web/exposition.hpp"

namespace wasmbed::web {

/// Times are in slots: seconds since the epoch divided by kStepSeconds.
class SeriesStore {
  public:
    using Slot = std::int64_t;
    static constexpr std::int64_t kStepSeconds = 10;
    static constexpr std::size_t kSlots = 2160;     ///< six hours
    static constexpr std::size_t kSeriesMax = 800;  ///< 14 MB; further ones are counted and left out

    /// Samples that follow are of `slot`; what lies six hours back is forgotten. A slot of the past changes nothing.
    void begin(Slot slot);
    void put(const std::string& name, Labels labels, double value);

    /// Calls `each(name, labels, value)` for what is known of the newest slot.
    template <class Each>
    void each_now(Each each) const {
        for (const auto& [key, ring] : series_) {
            const double value = ring[std::size_t(now_) % kSlots];
            if (value == value) each(key.first, key.second, value);
        }
    }
    /// Samples of earlier slots, as they were before a restart; those older than six hours are left out.
    void restore(const std::string& name, Labels labels, const std::vector<std::pair<Slot, double>>& samples);

    struct Range {
        std::vector<std::string> names;  ///< "*" at the end stands for anything
        Slot from = 0;
        Slot to = 0;               ///< included
        std::size_t points = 300;  ///< at most so many values
        bool rate = false;         ///< per second; a value below the one before counts from zero
    };
    /// {"step", "from", "series"} of docs/reference/web-api.md.
    json::object query(const Range& range) const;

    std::vector<std::string> names() const;
    std::size_t left_out() const { return left_out_; }
    Slot now() const { return now_; }

  private:
    using Key = std::pair<std::string, Labels>;
    double last_in(const std::vector<double>& ring, Slot first, Slot last) const;
    json::array values(const std::vector<double>& ring, const Range& range, Slot step) const;

    std::map<Key, std::vector<double>> series_;  // rings; NaN: not known
    Slot now_ = 0;
    std::size_t left_out_ = 0;
};

}  // namespace wasmbed::web
