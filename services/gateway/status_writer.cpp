#include "services/gateway/status_writer.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>

namespace wasmbed::gateway {
namespace {

/// Devices whose status is written at once.
constexpr int kWriters = 8;
/// Tries in a row when others write the same Device; after that it waits like any other failure.
constexpr int kConflictsMax = 5;

}  // namespace

StatusWriter::StatusWriter(kube::Client& client, FleetView& view)
    : client_(client),
      view_(view),
      reconciler_(
          client.io(), "device status", [this](kube::ObjectKey key) { return write(std::move(key)); },
          kube::ReconcilerOptions{.workers = kWriters}),
      idle_(client.io()) {}

Task<kube::ApiResult<SessionFacts>> StatusWriter::open(kube::ObjectPtr device, SessionFacts facts) {
    const kube::ObjectKey key = kube::key_of(*device);
    json::value patch = open_session_patch(*device, facts, WallClock::now());
    auto written = co_await client_.patch_status(kube::kDevices, key.ns, key.name, std::move(patch));
    if (!written) co_return fail(written.error());
    note_written(key, version_of(*device), std::move(*written));
    co_return facts;
}

void StatusWriter::set(const kube::ObjectKey& device, SessionFacts facts) {
    wanted_.insert_or_assign(device, std::move(facts));
    reconciler_.enqueue_after(device, delay_of(device));
}

/// How long the next write of this Device waits.
std::chrono::milliseconds StatusWriter::delay_of(const kube::ObjectKey& key) {
    const auto now = SteadyClock::now();
    const auto last = recent_.find(key);
    if (last == recent_.end() || now >= last->second + kWindow) return std::chrono::milliseconds{0};
    return std::chrono::ceil<std::chrono::milliseconds>(last->second + kWindow - now);
}

void StatusWriter::note_written(const kube::ObjectKey& key, std::string_view base, json::value object) {
    ++writes_;
    // The event of a write often comes before its answer; then the informer has this object already.
    const kube::ObjectPtr known = view_.device(key);
    if (known && version_of(*known) == version_of(object)) {
        own_.take(key);
    } else {
        own_.note(key, base, std::make_shared<const json::value>(std::move(object)));
    }
    const auto now = SteadyClock::now();
    if (now >= recent_swept_ + kWindow) {
        std::erase_if(recent_, [now](const auto& entry) { return now >= entry.second + kWindow; });
        recent_swept_ = now;
    }
    recent_[key] = now;
}

Task<kube::ReconcileResult> StatusWriter::write(kube::ObjectKey key) {
    const auto wanted = wanted_.extract(key);
    if (!wanted) co_return kube::ReconcileResult::done();
    ++writing_;
    const auto done = co_await write_facts(key, wanted.mapped());
    --writing_;
    // Unless something newer was set meanwhile, this is what is still to be written.
    if (!done) wanted_.try_emplace(key, wanted.mapped());
    if (wanted_.empty() && writing_ == 0) idle_.notify_all();
    co_return done ? kube::ReconcileResult::done() : kube::ReconcileResult::retry(done.error());
}

/// The newest object at hand, or the API server's when that is too old to decide by; null when the Device is gone.
Task<kube::ApiResult<kube::ObjectPtr>> StatusWriter::newest(kube::ObjectKey key, SessionFacts facts, bool cached) {
    if (cached) {
        const kube::ObjectPtr written = own_.take(key);
        const kube::ObjectPtr device = written ? written : view_.device(key);
        if (device && is_current(*device, facts)) co_return device;
    }
    auto fresh = co_await client_.get(kube::kDevices, key.ns, key.name);
    if (fresh) co_return std::make_shared<const json::value>(std::move(*fresh));
    if (fresh.error().not_found()) co_return kube::ObjectPtr{};
    co_return fail(fresh.error());
}

Task<kube::ApiResult<void>> StatusWriter::write_facts(kube::ObjectKey key, SessionFacts facts) {
    for (int attempt = 0;; ++attempt) {
        const auto device = co_await newest(key, facts, attempt == 0);
        if (!device) co_return fail(device.error());
        // Gone, nothing new, or another session has it: there is nothing to write.
        auto patch = *device ? session_patch(**device, facts, WallClock::now()) : std::nullopt;
        if (!patch) co_return kube::ApiResult<void>{};
        auto written = co_await client_.patch_status(kube::kDevices, key.ns, key.name, std::move(*patch));
        if (written) {
            note_written(key, version_of(**device), std::move(*written));
            co_return kube::ApiResult<void>{};
        }
        if (written.error().not_found()) co_return kube::ApiResult<void>{};
        if (!written.error().conflict() || attempt == kConflictsMax) co_return fail(written.error());
    }
}

Task<bool> StatusWriter::drain(OpContext context) {
    boost::asio::steady_timer limit{client_.io(), context.deadline};
    limit.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) idle_.notify_all();
    });
    while (!wanted_.empty() || writing_ != 0) {
        if (context.remaining().count() == 0) co_return false;
        co_await idle_.wait();
    }
    co_return true;
}

}  // namespace wasmbed::gateway
