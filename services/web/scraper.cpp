#include "services/web/scraper.hpp"

#include "host/base/log.hpp"
#include "services/web/fleet_counts.hpp"

namespace wasmbed::web {
namespace {

constexpr std::chrono::seconds kAnswerMax{5};
constexpr std::size_t kTargetsMax = 64;
constexpr std::size_t kFamiliesMax = 1000;

SeriesStore::Slot slot_now() {
    const auto now = std::chrono::floor<std::chrono::seconds>(WallClock::now()).time_since_epoch();
    return now.count() / SeriesStore::kStepSeconds;
}

UsageStore::Slot usage_slot_now() {
    return slot_now() * SeriesStore::kStepSeconds / UsageStore::kStepSeconds;
}

}  // namespace

Scraper::Scraper(IoContext& io, const Addresses& addresses, Options options)
    : io_(io),
      addresses_(addresses),
      options_(std::move(options)),
      history_(options_.history_file, slot_now(), store_, usage_),
      families_(fleet_families()) {}

Task<> Scraper::run() {
    for (;;) {
        store_.begin(slot_now());
        usage_.forget_old(usage_slot_now());
        find_targets();
        co_await scrape_all();
        for (auto& sample : count_fleet(addresses_.devices().list())) {
            store_.put(sample.name, std::move(sample.labels), sample.value);
        }
        history_.save(store_, usage_, usage_slot_now());
        const auto next = WallClock::time_point(std::chrono::seconds((slot_now() + 1) * SeriesStore::kStepSeconds));
        co_await sleep_for(next - WallClock::now());
    }
}

/// The roles that are there now; what is known of a role stays while it is.
void Scraper::find_targets() {
    std::map<std::string, Target> found;
    const auto add = [&](std::string role, std::string instance, std::string url) {
        if (url.empty() || found.size() >= kTargetsMax) return;
        auto key = role + " " + instance;
        auto& target = found[key];
        if (auto known = targets_.find(key); known != targets_.end() && known->second.url == url)
            target = known->second;
        target.role = std::move(role);
        target.instance = std::move(instance);
        target.url = std::move(url);
    };
    add("apiserver", "", options_.apiserver_url);
    add("controller", "", options_.controller_url);
    if (auto emulator = addresses_.emulator()) add("emulator", "", *emulator);
    for (const auto& gateway : addresses_.gateways().list()) {
        add("gateway", kube::key_of(*gateway).text(), std::string(json_string(*gateway, {"status", "api"})));
    }
    targets_ = std::move(found);
    std::erase_if(clients_, [&](const auto& client) {
        return std::none_of(targets_.begin(), targets_.end(),
                            [&](const auto& target) { return target.second.url == client.first; });
    });
}

Task<> Scraper::scrape_all() {
    for (auto& [key, target] : targets_) {
        co_await scrape(target);
        store_.put("wasmbed_target_up", {{"role", target.role}, {"instance", target.instance}}, target.up ? 1 : 0);
    }
}

Task<> Scraper::scrape(Target& target) {
    auto& client = clients_[target.url];
    const auto& tls = target.role == "apiserver" ? options_.apiserver_tls : options_.tls;
    if (!client) client = std::make_unique<net::HttpClient>(io_, target.url, tls);
    auto answer = co_await client->request({.target = "/metrics"}, OpContext::within(kAnswerMax));
    target.last_scrape = WallClock::now();
    target.up = answer.has_value();
    target.error = answer ? "" : answer.error().message;
    if (answer && answer->status != 200) target.error = "no metrics: status " + std::to_string(answer->status);
    if (!target.error.empty()) co_return;
    auto read = parse_exposition(answer->body);
    for (auto& sample : read.samples) {
        sample.labels["role"] = target.role;
        if (!target.instance.empty()) sample.labels["instance"] = target.instance;
        store_.put(sample.name, std::move(sample.labels), sample.value);
    }
    for (auto& [name, family] : read.families) {
        if (families_.size() < kFamiliesMax) families_.insert_or_assign(name, std::move(family));
    }
    if (target.role == "gateway") co_await read_usage(*client);
}

/// Memory and fuel of the devices that the gateway has.
Task<> Scraper::read_usage(net::HttpClient& gateway) {
    auto answer = co_await gateway.request({.target = "/v1/usage"}, OpContext::within(kAnswerMax));
    if (!answer || answer->status != 200) co_return;
    for (const DeviceUsage& usage : parse_usage(answer->body)) usage_.put(usage, usage_slot_now());
}

std::vector<Target> Scraper::targets() const {
    std::vector<Target> all;
    for (const auto& [key, target] : targets_) all.push_back(target);
    return all;
}

}  // namespace wasmbed::web
