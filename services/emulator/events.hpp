// What happened to one board, for those who follow it.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "host/base/json.hpp"
#include "host/base/task.hpp"

namespace wasmbed::emulator {

/// The last 256 events, each with the position it has in the sequence of all.
class EventLog {
  public:
    static constexpr std::size_t kEventsMax = 256;

    explicit EventLog(IoContext& io) : more_(io) {}

    /// Adds `{"time": now, "event": name, ...more}`.
    void add(std::string_view name, json::object more = {});

    /// The event at `position` or the oldest kept after it, and moves `position` behind it. False: nothing new.
    bool read(std::uint64_t& position, json::value& event) const;
    Task<> wait_for_more();

  private:
    std::deque<json::value> events_;
    std::uint64_t first_ = 0;
    Notifier more_;
};

}  // namespace wasmbed::emulator
