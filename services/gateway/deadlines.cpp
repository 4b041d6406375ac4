#include "services/gateway/deadlines.hpp"

namespace wasmbed::gateway {

void Deadlines::set(Entry& entry, Clock::time_point due) {
    entry.due_ = due;
    if (entry.queued_) {
        if (entry.place_->first <= due) return;
        queue_.erase(entry.place_);
    }
    entry.place_ = queue_.emplace(due, &entry);
    entry.queued_ = true;
    arm();
}

void Deadlines::cancel(Entry& entry) {
    if (entry.queued_) queue_.erase(entry.place_);
    entry.queued_ = false;
    entry.due_ = Clock::time_point::max();
}

void Deadlines::arm() {
    if (queue_.empty() || queue_.begin()->first >= armed_for_) return;
    armed_for_ = queue_.begin()->first;
    timer_.expires_at(armed_for_);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) run_due();
    });
}

void Deadlines::run_due() {
    armed_for_ = Clock::time_point::max();
    const Clock::time_point now = Clock::now();
    while (!queue_.empty() && queue_.begin()->first <= now) {
        Entry* entry = queue_.begin()->second;
        queue_.erase(queue_.begin());
        entry->queued_ = false;
        if (entry->due_ > now) {
            set(*entry, entry->due_);
        } else {
            entry->due_ = Clock::time_point::max();
            entry->on_due_();
        }
    }
    arm();
}

}  // namespace wasmbed::gateway
