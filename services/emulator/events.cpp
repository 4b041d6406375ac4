#include "services/emulator/events.hpp"

#include <algorithm>

#include "host/base/time.hpp"

namespace wasmbed::emulator {

void EventLog::add(std::string_view name, json::object more) {
    json::object event{{"time", rfc3339_micro(WallClock::now())}, {"event", name}};
    for (auto& [key, value] : more) event[key] = std::move(value);
    events_.push_back(std::move(event));
    if (events_.size() > kEventsMax) {
        events_.pop_front();
        ++first_;
    }
    more_.notify_all();
}

bool EventLog::read(std::uint64_t& position, json::value& event) const {
    position = std::max(position, first_);
    if (position >= first_ + events_.size()) return false;
    event = events_[static_cast<std::size_t>(position - first_)];
    ++position;
    return true;
}

Task<> EventLog::wait_for_more() {
    co_await more_.wait();
}

}  // namespace wasmbed::emulator
