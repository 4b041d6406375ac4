#include "services/web/history.hpp"

#include <bit>

#include "host/base/json.hpp"
#include "host/base/log.hpp"

namespace wasmbed::web {
namespace {

using Track = HistoryFile::Track;

std::string key_of(const std::string& name, const Labels& labels) {
    json::array key{name};
    for (const auto& [label, value] : labels) key.push_back(json::array{label, value});
    return json::serialize(key);
}

/// Name and labels out of `key_of`; an empty name when it is none.
std::pair<std::string, Labels> parse_key(const std::string& text) {
    std::pair<std::string, Labels> found;
    const auto key = parse_json(text);
    if (!key || !key->is_array()) return found;
    for (const json::value& part : key->get_array()) {
        if (part.is_string()) found.first = part.get_string();
        const json::array* pair = part.if_array();
        if (!pair || pair->size() != 2 || !(*pair)[0].is_string() || !(*pair)[1].is_string()) continue;
        found.second[std::string((*pair)[0].get_string())] = (*pair)[1].get_string();
    }
    return found;
}

std::uint64_t pack(const UsageStore::Word& word) {
    return std::uint64_t(std::bit_cast<std::uint32_t>(word.fuel_per_second)) << 32 |
           std::bit_cast<std::uint32_t>(word.memory_bytes);
}

UsageStore::Word unpack(std::uint64_t packed) {
    return {.memory_bytes = std::bit_cast<float>(std::uint32_t(packed)),
            .fuel_per_second = std::bit_cast<float>(std::uint32_t(packed >> 32))};
}

}  // namespace

History::History(const std::string& path, SeriesStore::Slot now, SeriesStore& series, UsageStore& usage) {
    if (path.empty()) return;
    auto file = HistoryFile::open(path);
    if (file) file_.emplace(std::move(*file));
    auto loaded = file ? load(now, series, usage) : fail(file.error());
    if (!loaded) log_error("figures begin anew", {{"why", loaded.error()}});
}

Result<void, std::string> History::load(SeriesStore::Slot now, SeriesStore& series, UsageStore& usage) {
    auto metrics = file_->load(Track::metrics, now - SeriesStore::Slot(SeriesStore::kSlots) + 1, now);
    if (!metrics) return fail(metrics.error());
    series.begin(now);
    for (const auto& [key, samples] : *metrics) {
        auto [name, labels] = parse_key(key);
        if (name.empty()) continue;
        std::vector<std::pair<SeriesStore::Slot, double>> values;
        for (const auto& [slot, value] : samples) values.emplace_back(slot, std::bit_cast<double>(value));
        series.restore(name, std::move(labels), values);
    }
    const auto usage_now = now * SeriesStore::kStepSeconds / UsageStore::kStepSeconds;
    auto words = file_->load(Track::usage, usage_now - UsageStore::Slot(UsageStore::kSlots) + 1, usage_now);
    if (!words) return fail(words.error());
    for (const auto& [device, samples] : *words) {
        std::vector<std::pair<UsageStore::Slot, UsageStore::Word>> values;
        for (const auto& [slot, value] : samples) values.emplace_back(slot, unpack(value));
        usage.restore(device, values);
    }
    return {};
}

void History::save(const SeriesStore& series, const UsageStore& usage, UsageStore::Slot usage_slot) {
    if (!file_) return;
    HistoryFile::Samples metrics;
    series.each_now([&](const std::string& name, const Labels& labels, double value) {
        metrics.emplace_back(key_of(name, labels), std::bit_cast<std::uint64_t>(value));
    });
    HistoryFile::Samples words;
    usage.each_of(usage_slot, [&](const std::string& device, const UsageStore::Word& word) {
        words.emplace_back(device, pack(word));
    });
    auto kept = file_->write(Track::metrics, series.now(), SeriesStore::kSlots, metrics);
    if (kept && !words.empty()) kept = file_->write(Track::usage, usage_slot, UsageStore::kSlots, words);
    if (!kept && !failing_) log_warn("figures cannot be kept at the moment", {{"why", kept.error()}});
    failing_ = !kept;
}

}  // namespace wasmbed::web
