#include "services/simulator/simulator.hpp"

#include <fmt/format.h>
#include <ostream>
#include <sys/resource.h>

#include "host/fleet/gateway.hpp"
#include "host/pki/encoding.hpp"
#include "services/simulator/enroller.hpp"
#include "services/simulator/simulated_device.hpp"

namespace wasmbed::simulator {
namespace {

constexpr const char* kTrustName = "wasmbed-trust";
/// Descriptors besides the devices' connections.
constexpr rlim_t kSpareFiles = 100;

Result<TrustedKeys, std::string> keys_of(const json::value& trust) {
    TrustedKeys trusted;
    const auto list = parse_json(json_string(trust, {"data", "manifest-keys.json"}));
    if (!list || !list->is_array()) return fail("ConfigMap wasmbed-trust has no manifest-keys.json");
    for (const json::value& entry : list->as_array()) {
        auto kid = pki::from_hex(json_string(entry, {"kid"}));
        const auto point = pki::from_base64(json_string(entry, {"publicKey"}));
        P256PublicKey key{};
        if (!kid || !point || point->size() != key.size())
            return fail("ConfigMap wasmbed-trust: a manifest key is damaged");
        std::ranges::copy(*point, key.begin());
        trusted.keys.emplace_back(std::move(*kid), key);
    }
    return trusted;
}

Task<Result<std::vector<std::string>, std::string>> gateways_of(kube::Client& client, std::string ns) {
    const auto list = co_await client.list(kube::kGateways, ns);
    if (!list) co_return fail(list.error().message);
    std::vector<std::string> endpoints;
    for (const json::value& object : list->at("items").as_array()) {
        for (std::string& endpoint : fleet::gateway_from_json(object).endpoints)
            endpoints.push_back(std::move(endpoint));
    }
    if (endpoints.empty())
        co_return fail("there is no Gateway with an endpoint in namespace " + ns + "; give --gateway");
    co_return endpoints;
}

Result<void, std::string> raise_descriptor_limit(std::size_t devices) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= devices + kSpareFiles) return {};
    return fail(fmt::format("{} devices need {} open files, the limit is {} (ulimit -Hn)", devices,
                            devices + kSpareFiles, limit.rlim_cur));
}

void print(std::ostream& out, bool as_json, double seconds, const FleetCounters& counters) {
    if (as_json) {
        out << json::serialize(json::object{{"seconds", seconds},
                                            {"connected", counters.connected},
                                            {"reported", counters.reported},
                                            {"running", counters.running},
                                            {"sessions", counters.sessions},
                                            {"lost", counters.lost},
                                            {"failures", counters.failures},
                                            {"records", counters.records}});
    } else {
        out << fmt::format("{:8.1f} s  connected {}  reported {}  apps running {}  sessions {}  lost {}  failures {}",
                           seconds, counters.connected, counters.reported, counters.running, counters.sessions,
                           counters.lost, counters.failures);
    }
    out << std::endl;
}

/// A line a second, when something changed; JSON always, for programs that wait.
Task<> report(Fleet& fleet, SimulatorOptions options, std::ostream& out) {
    const auto began = SteadyClock::now();
    std::string last;
    for (;;) {
        const double seconds = std::chrono::duration<double>(SteadyClock::now() - began).count();
        const FleetCounters& now = fleet.counters();
        const std::string state =
            fmt::format("{} {} {} {} {}", now.connected, now.reported, now.running, now.lost, now.failures);
        if (options.json || state != last) print(out, options.json, seconds, now);
        last = state;
        if (options.seconds != 0 && seconds >= options.seconds) co_return;
        co_await sleep_for(std::chrono::seconds(1));
    }
}

Task<Result<std::unique_ptr<Fleet>, std::string>> make_fleet(kube::Client& client, std::string ns,
                                                             SimulatorOptions options) {
    const auto trust = co_await client.get(kube::kConfigMaps, ns, kTrustName);
    if (!trust) co_return fail("ConfigMap " + ns + "/" + kTrustName + ": " + trust.error().message);
    auto keys = keys_of(*trust);
    if (!keys) co_return fail(keys.error());
    FleetSettings settings;
    settings.gateways = options.gateways;
    if (settings.gateways.empty()) {
        auto found = co_await gateways_of(client, ns);
        if (!found) co_return fail(found.error());
        settings.gateways = std::move(*found);
    }
    settings.service_roots = json_string(*trust, {"data", "service-ca.pem"});
    settings.keys = std::move(*keys);
    settings.apps = {.start = Duration{options.app_start_ms}, .fail_percent = options.fail_percent};
    settings.connecting_max = options.connecting_max;
    settings.log_period = Duration::seconds(options.log_seconds);
    co_return Fleet::make(client.io(), std::move(settings));
}

Task<Result<std::vector<Identity>, std::string>> identities_for(kube::Client& client, std::string ns,
                                                                SimulatorOptions options, Fleet& fleet,
                                                                std::ostream& out) {
    auto known = read_identities(options.identities, options.devices);
    if (!known || known->size() >= options.devices) co_return known;
    const std::size_t missing = options.devices - known->size();
    out << "enrolls " << missing << " devices" << std::endl;
    EnrollOptions wanted{
        .ns = ns, .prefix = options.prefix, .first = known->size(), .count = missing, .identities = options.identities};
    const auto progress = [&out, missing](std::size_t done) {
        if (done % 500 == 0 || done == missing) out << "enrolled " << done << " of " << missing << std::endl;
    };
    auto enrolled = co_await enroll(client, fleet, std::move(wanted), progress);
    if (!enrolled) co_return fail(enrolled.error());
    co_return read_identities(options.identities, options.devices);
}

}  // namespace

Task<int> run_fleet(kube::Client& client, std::string ns, SimulatorOptions options, std::ostream& out,
                    std::ostream& err) {
    const auto refuse = [&err](const std::string& why) {
        err << "error: " << why << std::endl;
        return 1;
    };
    if (auto raised = raise_descriptor_limit(options.devices); !raised) co_return refuse(raised.error());
    auto fleet = co_await make_fleet(client, ns, options);
    if (!fleet) co_return refuse(fleet.error());
    auto identities = co_await identities_for(client, ns, options, **fleet, out);
    if (!identities) co_return refuse(identities.error());
    std::vector<std::unique_ptr<SimulatedDevice>> devices;
    for (Identity& identity : *identities) {
        devices.push_back(std::make_unique<SimulatedDevice>(**fleet, std::move(identity)));
        devices.back()->start(Duration{(*fleet)->random() % (options.spread_ms + 1)});
    }
    co_await report(**fleet, options, out);
    co_return 0;
}

}  // namespace wasmbed::simulator
