#include "services/gateway/lease.hpp"

#include "host/base/log.hpp"
#include "host/base/time.hpp"

namespace wasmbed::gateway {

Task<> LeaseKeeper::run() {
    bool told = false;
    for (;;) {
        kube::ApiResult<void> done;
        if (taken_) {
            done = co_await write({{"renewTime", rfc3339_micro(WallClock::now())}});
            // Somebody deleted it.
            if (!done && done.error().not_found()) taken_ = false;
        } else {
            done = co_await take();
            taken_ = done.has_value();
        }
        if (!done && !told) log_warn("cannot renew the gateway's lease", {{"error", done.error().message}});
        told = !done;
        co_await sleep_for(kRenewPeriod);
    }
}

/// A former process of this name is over, or its operator started two: the last one to come holds the Lease.
Task<kube::ApiResult<void>> LeaseKeeper::take() {
    const std::string now = rfc3339_micro(WallClock::now());
    json::object spec{{"holderIdentity", holder_},
                      {"leaseDurationSeconds", kDuration.count()},
                      {"acquireTime", now},
                      {"renewTime", now}};
    const auto present = co_await client_.get(kube::kLeases, self_.ns, self_.name);
    if (present) {
        spec["leaseTransitions"] = json_int(*present, {"spec", "leaseTransitions"}) + 1;
        co_return co_await write(std::move(spec));
    }
    if (!present.error().not_found()) co_return fail(present.error());
    json::value lease{{"apiVersion", kube::kLeases.api_version()},
                      {"kind", kube::kLeases.kind},
                      {"metadata", {{"name", self_.name}, {"namespace", self_.ns}}},
                      {"spec", std::move(spec)}};
    const auto made = co_await client_.create(kube::kLeases, self_.ns, std::move(lease));
    if (!made) co_return fail(made.error());
    co_return kube::ApiResult<void>{};
}

Task<kube::ApiResult<void>> LeaseKeeper::write(json::object spec) {
    json::value patch{{"spec", std::move(spec)}};
    const auto written = co_await client_.patch(kube::kLeases, self_.ns, self_.name, std::move(patch));
    if (!written) co_return fail(written.error());
    co_return kube::ApiResult<void>{};
}

Task<> LeaseKeeper::release() {
    const auto present = co_await client_.get(kube::kLeases, self_.ns, self_.name);
    if (!present || json_string(*present, {"spec", "holderIdentity"}) != holder_) co_return;
    const auto released = co_await write({{"holderIdentity", ""}, {"leaseDurationSeconds", 1}});
    if (!released) log_warn("cannot release the gateway's lease", {{"error", released.error().message}});
}

}  // namespace wasmbed::gateway
