#include "services/web/series_store.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wasmbed::web {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

std::size_t place(SeriesStore::Slot slot) {
    return std::size_t(slot) % SeriesStore::kSlots;
}

bool matches(const std::vector<std::string>& patterns, std::string_view name) {
    return std::any_of(patterns.begin(), patterns.end(), [name](std::string_view pattern) {
        if (!pattern.ends_with('*')) return pattern == name;
        return name.starts_with(pattern.substr(0, pattern.size() - 1));
    });
}

bool all_unknown(const std::vector<double>& ring) {
    return std::all_of(ring.begin(), ring.end(), [](double value) { return std::isnan(value); });
}

}  // namespace

void SeriesStore::begin(Slot slot) {
    if (slot <= now_) return;
    const Slot first = std::max(now_ + 1, slot - Slot(kSlots) + 1);
    for (auto& [key, ring] : series_) {
        for (Slot at = first; at <= slot; ++at) ring[place(at)] = kUnknown;
    }
    now_ = slot;
    left_out_ = 0;
}

void SeriesStore::put(const std::string& name, Labels labels, double value) {
    Key key{name, std::move(labels)};
    auto found = series_.find(key);
    if (found == series_.end() && series_.size() >= kSeriesMax) {
        std::erase_if(series_, [](const auto& entry) { return all_unknown(entry.second); });
    }
    if (found == series_.end() && series_.size() >= kSeriesMax) {
        ++left_out_;
        return;
    }
    if (found == series_.end()) {
        found = series_.emplace(std::move(key), std::vector<double>(kSlots, kUnknown)).first;
    }
    found->second[place(now_)] = value;
}

void SeriesStore::restore(const std::string& name, Labels labels, const std::vector<std::pair<Slot, double>>& samples) {
    if (series_.size() >= kSeriesMax) return;
    auto& ring = series_.emplace(Key{name, std::move(labels)}, std::vector<double>(kSlots, kUnknown)).first->second;
    for (const auto& [slot, value] : samples) {
        if (slot > now_ - Slot(kSlots) && slot <= now_) ring[place(slot)] = value;
    }
}

std::vector<std::string> SeriesStore::names() const {
    std::vector<std::string> names;
    for (const auto& [key, ring] : series_) {
        if (names.empty() || names.back() != key.first) names.push_back(key.first);
    }
    return names;
}

/// The newest known value of these slots, else NaN.
double SeriesStore::last_in(const std::vector<double>& ring, Slot first, Slot last) const {
    first = std::max(first, now_ - Slot(kSlots) + 1);
    for (Slot at = std::min(last, now_); at >= first; --at) {
        if (!std::isnan(ring[place(at)])) return ring[place(at)];
    }
    return kUnknown;
}

json::array SeriesStore::values(const std::vector<double>& ring, const Range& range, Slot step) const {
    json::array out;
    double before = last_in(ring, range.from - step, range.from - 1);
    for (Slot at = range.from; at <= range.to; at += step) {
        const double here = last_in(ring, at, at + step - 1);
        double value = here;
        if (range.rate) value = (here < before ? here : here - before) / double(step * kStepSeconds);
        before = here;
        out.push_back(std::isfinite(value) ? json::value(value) : json::value());
    }
    return out;
}

json::object SeriesStore::query(const Range& range) const {
    const Slot slots = range.to - range.from + 1;
    const Slot step = std::max<Slot>(1, (slots + Slot(range.points) - 1) / Slot(range.points));
    json::array series;
    for (const auto& [key, ring] : series_) {
        if (!matches(range.names, key.first)) continue;
        json::object labels;
        for (const auto& [name, value] : key.second) labels[name] = value;
        series.push_back(
            json::object{{"name", key.first}, {"labels", std::move(labels)}, {"values", values(ring, range, step)}});
    }
    return {{"step", step * kStepSeconds}, {"from", range.from * kStepSeconds}, {"series", std::move(series)}};
}

}  // namespace wasmbed::web
