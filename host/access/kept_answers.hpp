// A bounded memory of answers that are good for a short time.
#pragma once

#include <chrono>
#include <map>
#include <utility>

namespace wasmbed::access {

/// Used on one thread.
template <class Key, class Answer>
class KeptAnswers {
  public:
    using Clock = std::chrono::steady_clock;

    /// Each answer is good for `time`; at most `answers_max` are kept, further ones are not.
    KeptAnswers(Clock::duration time, std::size_t answers_max) : time_(time), answers_max_(answers_max) {}

    /// The answer, or null; valid until the next call of `keep`.
    const Answer* find(const Key& key, Clock::time_point now) const {
        const auto found = entries_.find(key);
        return found == entries_.end() || now >= found->second.until ? nullptr : &found->second.answer;
    }

    void keep(Key key, Answer answer, Clock::time_point now) {
        if (entries_.size() >= answers_max_) {
            std::erase_if(entries_, [now](const auto& entry) { return now >= entry.second.until; });
        }
        if (entries_.size() >= answers_max_ && !entries_.contains(key)) return;
        entries_.insert_or_assign(std::move(key), Entry{std::move(answer), now + time_});
    }

  private:
    struct Entry {
        Answer answer;
        Clock::time_point until;
    };

    Clock::duration time_;
    std::size_t answers_max_;
    std::map<Key, Entry> entries_;
};

}  // namespace wasmbed::access
