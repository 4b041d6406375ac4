#include "services/web/usage_store.hpp"

namespace wasmbed::web {
namespace {

/// Fuel per second between two heartbeats of one boot; below 0 when they do not tell.
float rate_of(const std::optional<DeviceUsage>& before, const DeviceUsage& now) {
    if (!before || now.uptime_ms <= before->uptime_ms) return -1;
    const std::uint32_t used = now.fuel - before->fuel;  // right over the counter's end, too
    return float(double(used) * 1000.0 / double(now.uptime_ms - before->uptime_ms));
}

}  // namespace

void UsageStore::put(const DeviceUsage& usage, Slot now) {
    auto found = devices_.find(usage.device);
    if (found == devices_.end()) {
        if (devices_.size() >= kDevicesMax) return;
        found = devices_.emplace(usage.device, History{.first = now, .samples = {}, .last = {}}).first;
    }
    History& history = found->second;
    // The same heartbeat, asked for again: the next one is still to come.
    const bool repeated = history.last && history.last->uptime_ms == usage.uptime_ms;
    if (repeated && history.last->fuel == usage.fuel) return;
    const Sample sample{static_cast<std::int32_t>(now - history.first), float(usage.memory_bytes),
                        rate_of(history.last, usage)};
    if (!history.samples.empty() && history.samples.back().age == sample.age) {
        history.samples.back() = sample;
    } else {
        history.samples.push_back(sample);
    }
    history.last = usage;
    while (history.samples.front().age + std::int32_t(kSlots) <= sample.age) history.samples.pop_front();
}

void UsageStore::restore(const std::string& device, const std::vector<std::pair<Slot, Word>>& words) {
    if (words.empty() || devices_.size() >= kDevicesMax) return;
    History history{.first = words.front().first, .samples = {}, .last = {}};
    for (const auto& [slot, word] : words)
        history.samples.push_back({std::int32_t(slot - history.first), word.memory_bytes, word.fuel_per_second});
    devices_.insert_or_assign(device, std::move(history));
}

void UsageStore::forget_old(Slot now) {
    std::erase_if(devices_, [now](const auto& entry) {
        const History& history = entry.second;
        return history.samples.empty() || history.first + history.samples.back().age + Slot(kSlots) <= now;
    });
}

json::object UsageStore::query(const std::string& device, Slot from, Slot to) const {
    json::array memory(std::size_t(to - from + 1), nullptr);
    json::array fuel(memory);
    if (const auto found = devices_.find(device); found != devices_.end()) {
        for (const Sample& sample : found->second.samples) {
            const Slot slot = found->second.first + sample.age;
            if (slot < from || slot > to) continue;
            memory[std::size_t(slot - from)] = sample.memory_bytes;
            if (sample.fuel_per_second >= 0) fuel[std::size_t(slot - from)] = sample.fuel_per_second;
        }
    }
    return {{"step", kStepSeconds},
            {"from", from * kStepSeconds},
            {"memoryBytes", std::move(memory)},
            {"fuelPerSecond", std::move(fuel)}};
}

std::deque<DeviceUsage> parse_usage(std::string_view lines) {
    std::deque<DeviceUsage> found;
    while (!lines.empty()) {
        const auto end = lines.find('\n');
        const auto line = parse_json(lines.substr(0, end));
        lines.remove_prefix(end == lines.npos ? lines.size() : end + 1);
        if (!line || json_string(*line, {"device"}).empty() || !json_find(*line, {"memoryBytes"})) continue;
        found.push_back(
            {std::string(json_string(*line, {"namespace"})) + "/" + std::string(json_string(*line, {"device"})),
             std::uint64_t(json_int(*line, {"uptimeMs"})), std::uint32_t(json_int(*line, {"memoryBytes"})),
             std::uint32_t(json_int(*line, {"fuel"}))});
    }
    return found;
}

}  // namespace wasmbed::web
