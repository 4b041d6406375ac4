// Host functions of the modules wasmbed_*.
#include <algorithm>
#include <optional>

#include "core/base/text_writer.hpp"
#include "core/base/utf8.hpp"
#include "device/runtime/apps/host_context.hpp"

namespace wasmbed::apps {
namespace {

using hostapi::HostError;
using hostapi::PermissionKind;
using wasm::HostCall;
using wasm::HostResult;

/// Longest log line, as wire.cddl has it.
constexpr std::uint32_t kLogBytesMax = 512;
/// Most random bytes per call: a call must not take long.
constexpr std::uint32_t kRandomBytesMax = 4096;
constexpr std::uint32_t kStorageBytesDefault = 4096;
// With every app at its limit there is room for their manifests and modules, a module more while an app is replaced,
// and what the device keeps for itself.
static_assert(kAppsMax * (AppStore::kDataKeysMax + 3) + 8 <= store::KvStore::kKeysMax);

/// The LED a call speaks of, or the error to return.
std::optional<HostError> check_led(const HostContext& host, std::uint32_t led) {
    char digits[10];
    if (!host.permits(PermissionKind::Led, TextWriter{digits}.decimal(led).view())) return HostError::NotPermitted;
    if (host.board.leds == nullptr || led >= host.board.leds->count()) return HostError::NotFound;
    return std::nullopt;
}

/// The key in guest memory, or the error to return.
std::optional<HostError> take_key(const HostContext& host, const HostCall& call, std::string_view& key) {
    const std::optional<MutableBytes> bytes = call.memory().at(call.u32(0), call.u32(1));
    if (!bytes) return HostError::Fault;
    if (bytes->empty() || bytes->size() > AppStore::kDataKeyBytesMax || !utf8_valid(*bytes)) return HostError::Invalid;
    key = text_of(*bytes);
    if (!host.permits(PermissionKind::Storage, key)) return HostError::NotPermitted;
    return std::nullopt;
}

HostError from(store::KvError error) {
    switch (error) {
        case store::KvError::NotFound:
            return HostError::NotFound;
        case store::KvError::Full:
        case store::KvError::TooLarge:
        case store::KvError::TooManyKeys:
            return HostError::NoSpace;
        default:
            return HostError::Unavailable;
    }
}

}  // namespace

HostResult HostHandlers::DeviceLog(void* context, HostCall& call) {
    const std::optional<MutableBytes> bytes = call.memory().at(call.u32(1), call.u32(2));
    if (!bytes) return done(call, HostError::Fault);
    if (call.u32(0) > static_cast<std::uint32_t>(LogLevel::debug)) return done(call, HostError::Invalid);
    context_of(context).say(static_cast<LogLevel>(call.u32(0)), utf8_clip(text_of(*bytes), kLogBytesMax));
    return done(call, 0);
}

HostResult HostHandlers::DeviceLedSet(void* context, HostCall& call) {
    HostContext& host = context_of(context);
    const std::uint32_t led = call.u32(0);
    const bool on = call.u32(1) != 0;
    if (const std::optional<HostError> error = check_led(host, led)) return done(call, *error);
    const bool changed = host.board.leds->get(led) != on;
    if (!host.board.leds->set(led, on)) return done(call, HostError::Unavailable);
    if (changed) host.led_changed(led, on);
    return done(call, 0);
}

HostResult HostHandlers::DeviceLedGet(void* context, HostCall& call) {
    HostContext& host = context_of(context);
    const std::uint32_t led = call.u32(0);
    if (const std::optional<HostError> error = check_led(host, led)) return done(call, *error);
    return done(call, host.board.leds->get(led) ? 1 : 0);
}

HostResult HostHandlers::TimerSleepMs(void* context, HostCall& call) {
    HostContext& host = context_of(context);
    return host.sleep_until(host.now() + Duration{call.u32(0)});
}

HostResult HostHandlers::TimerMonotonicMs(void* context, HostCall& call) {
    call.set_u64(0, context_of(context).now().ms);
    return HostResult::done();
}

HostResult HostHandlers::TimerWallMs(void* context, HostCall& call) {
    const HostContext& host = context_of(context);
    const bool known = host.wall_offset_ms != 0;
    call.set_i64(0, known ? static_cast<std::int64_t>(host.wall_offset_ms + host.now().ms)
                          : static_cast<std::int64_t>(HostError::Unavailable));
    return HostResult::done();
}

HostResult HostHandlers::SecurityRandom(void* context, HostCall& call) {
    const std::optional<MutableBytes> bytes = call.memory().at(call.u32(0), call.u32(1));
    if (!bytes) return done(call, HostError::Fault);
    if (bytes->size() > kRandomBytesMax) return done(call, HostError::Invalid);
    HostContext& host = context_of(context);
    return host.crypto.random(*bytes) ? host.end_slice() : done(call, HostError::Unavailable);
}

HostResult HostHandlers::StorageGet(void* context, HostCall& call) {
    HostContext& host = context_of(context);
    std::string_view key;
    if (const std::optional<HostError> error = take_key(host, call, key)) return done(call, *error);
    const std::optional<MutableBytes> out = call.memory().at(call.u32(2), call.u32(3));
    if (!out) return done(call, HostError::Fault);
    const auto size = host.store.kv().get(AppStore::data_key(host.app->uid, key), *out);
    return size ? host.end_slice(static_cast<std::uint32_t>(*size)) : done(call, from(size.error()));
}

HostResult HostHandlers::StorageSet(void* context, HostCall& call) {
    HostContext& host = context_of(context);
    std::string_view key;
    if (const std::optional<HostError> error = take_key(host, call, key)) return done(call, *error);
    const std::optional<MutableBytes> value = call.memory().at(call.u32(2), call.u32(3));
    if (!value) return done(call, HostError::Fault);
    const std::uint32_t limit = host.manifest().limits.storage_bytes.value_or(kStorageBytesDefault);
    const AppStore::DataUse others = host.store.data_use(host.app->uid, key);
    const std::uint64_t wanted = std::uint64_t{others.bytes} + key.size() + value->size();
    if (wanted > limit || others.keys >= AppStore::kDataKeysMax) return done(call, HostError::NoSpace);
    const auto stored = host.store.kv().set(AppStore::data_key(host.app->uid, key), *value);
    return stored ? host.end_slice() : done(call, from(stored.error()));
}

HostResult HostHandlers::StorageDelete(void* context, HostCall& call) {
    HostContext& host = context_of(context);
    std::string_view key;
    if (const std::optional<HostError> error = take_key(host, call, key)) return done(call, *error);
    const auto removed = host.store.kv().remove(AppStore::data_key(host.app->uid, key));
    return removed ? host.end_slice() : done(call, from(removed.error()));
}

}  // namespace wasmbed::apps
