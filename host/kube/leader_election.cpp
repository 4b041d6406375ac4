#include "host/kube/leader_election.hpp"

#include "host/base/log.hpp"
#include "host/base/time.hpp"

namespace wasmbed::kube {

LeaseRecord lease_from_json(const json::value& object) {
    LeaseRecord record;
    record.holder = json_string(object, {"spec", "holderIdentity"});
    record.renewed = json_string(object, {"spec", "renewTime"});
    record.duration = std::chrono::seconds(json_int(object, {"spec", "leaseDurationSeconds"}));
    record.transitions = json_int(object, {"spec", "leaseTransitions"});
    record.resource_version = json_string(object, {"metadata", "resourceVersion"});
    return record;
}

SteadyClock::duration LeaseWatchdog::observe(const LeaseRecord& record, SteadyClock::time_point now) {
    std::string seen = record.holder + "\n" + record.renewed;
    if (seen != seen_) {
        seen_ = std::move(seen);
        since_ = now;
    }
    return now - since_;
}

/// Creates the Lease, or takes what was read last over by compare-and-swap.
Task<ApiResult<json::value>> LeaderElection::write(std::string holder, bool fresh) {
    std::string now = rfc3339_micro(WallClock::now());
    json::object spec{
        {"holderIdentity", holder}, {"leaseDurationSeconds", options_.duration.count()}, {"renewTime", now}};
    if (fresh) {
        spec["acquireTime"] = now;
        spec["leaseTransitions"] = record_ ? record_->transitions + 1 : 0;
    }
    if (!record_) {
        json::object body{{"apiVersion", kLeases.api_version()},
                          {"kind", kLeases.kind},
                          {"metadata", {{"namespace", options_.lease.ns}, {"name", options_.lease.name}}},
                          {"spec", std::move(spec)}};
        co_return co_await client_.create(kLeases, options_.lease.ns, std::move(body));
    }
    json::object patch{{"metadata", {{"resourceVersion", record_->resource_version}}}, {"spec", std::move(spec)}};
    co_return co_await client_.patch(kLeases, options_.lease.ns, options_.lease.name, std::move(patch));
}

Task<bool> LeaderElection::try_acquire() {
    auto read = co_await client_.get(kLeases, options_.lease.ns, options_.lease.name);
    if (!read && !read.error().not_found()) co_return false;
    record_.reset();
    if (read) {
        record_ = lease_from_json(*read);
        auto silent = watchdog_.observe(*record_, SteadyClock::now());
        bool free = record_->holder.empty() || record_->holder == options_.identity || silent >= record_->duration;
        if (!free) co_return false;
    }
    auto written = co_await write(options_.identity, true);
    if (!written) co_return false;
    record_ = lease_from_json(*written);
    co_return true;
}

Task<> LeaderElection::acquire() {
    bool told = false;
    while (true) {
        bool acquired = co_await try_acquire();
        if (acquired) break;
        if (!told && record_) {
            log_info("waits to lead", {{"lease", options_.lease.text()}, {"holder", record_->holder}});
            told = true;
        }
        co_await sleep_for(options_.retry_every);
    }
    leads_ = true;
    log_info("leads", {{"lease", options_.lease.text()}, {"identity", options_.identity}});
}

Task<> LeaderElection::keep() {
    auto renewed = SteadyClock::now();
    // Well before another may take over: requests in flight take their time too.
    const auto deadline = options_.duration * 2 / 3;
    while (SteadyClock::now() - renewed < deadline) {
        co_await sleep_for(options_.renew_every);
        auto began = SteadyClock::now();
        auto written = co_await write(options_.identity, false);
        if (written) {
            record_ = lease_from_json(*written);
            renewed = began;
            continue;
        }
        if (!written.error().conflict() && !written.error().not_found()) continue;
        auto read = co_await client_.get(kLeases, options_.lease.ns, options_.lease.name);
        if (!read) continue;
        record_ = lease_from_json(*read);
        if (record_->holder != options_.identity) break;
    }
    leads_ = false;
    log_error("leads no more", {{"lease", options_.lease.text()}, {"holder", record_ ? record_->holder : ""}});
}

Task<> LeaderElection::release() {
    if (!leads_) co_return;
    leads_ = false;
    co_await write("", false);
}

}  // namespace wasmbed::kube
