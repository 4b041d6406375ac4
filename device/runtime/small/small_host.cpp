#include "device/runtime/small/small_host.hpp"

#include "core/hostapi/host_functions.hpp"
#include "device/runtime/small/small_app.hpp"

namespace wasmbed {
namespace {

using hostapi::HostError;
using wasm::HostCall;
using wasm::HostResult;

// The table lies in flash, so its context is here.
SmallApp* g_app = nullptr;

constexpr std::uint32_t kRandomBytesMax = 256;

HostResult done(HostCall& call, std::int32_t result) {
    call.set_i32(0, result);
    return HostResult::done();
}
HostResult done(HostCall& call, HostError error) {
    return done(call, static_cast<std::int32_t>(error));
}

HostResult log(void*, HostCall& call) {
    const auto bytes = call.memory().at(call.u32(1), call.u32(2));
    if (!bytes) return done(call, HostError::Fault);
    if (call.u32(0) > static_cast<std::uint32_t>(LogLevel::debug)) return done(call, HostError::Invalid);
    g_app->say(static_cast<LogLevel>(call.u32(0)), *bytes);
    return done(call, 0);
}

HostResult led(HostCall& call, bool set) {
    hal::LedBank* const leds = g_app->board().leds;
    const std::uint32_t number = call.u32(0);
    if (!g_app->permits_led(number)) return done(call, HostError::NotPermitted);
    if (leds == nullptr || number >= leds->count()) return done(call, HostError::NotFound);
    if (!set) return done(call, leds->get(number) ? 1 : 0);
    return leds->set(number, call.u32(1) != 0) ? done(call, 0) : done(call, HostError::Unavailable);
}
HostResult led_set(void*, HostCall& call) {
    return led(call, true);
}
HostResult led_get(void*, HostCall& call) {
    return led(call, false);
}

HostResult sleep_ms(void*, HostCall& call) {
    return g_app->sleep_until(g_app->now() + Duration{call.u32(0)});
}
HostResult yield(void*, HostCall&) {
    return g_app->sleep_until(g_app->now());
}
HostResult monotonic_ms(void*, HostCall& call) {
    call.set_u64(0, g_app->now().ms);
    return HostResult::done();
}
HostResult wall_ms(void*, HostCall& call) {
    const std::uint64_t ms = g_app->wall_ms();
    call.set_i64(0, ms == 0 ? static_cast<std::int64_t>(HostError::Unavailable) : static_cast<std::int64_t>(ms));
    return HostResult::done();
}
HostResult random(void*, HostCall& call) {
    const auto bytes = call.memory().at(call.u32(0), call.u32(1));
    if (!bytes) return done(call, HostError::Fault);
    if (bytes->size() > kRandomBytesMax) return done(call, HostError::Invalid);
    return g_app->crypto().random(*bytes) ? done(call, 0) : done(call, HostError::Unavailable);
}
HostResult proc_exit(void*, HostCall& call) {
    g_app->exit(call.i32(0));
    return HostResult::trap(kSmallExitTrap);
}

constexpr auto kI = static_cast<std::uint8_t>(wasm::ValType::kI32);
constexpr auto kL = static_cast<std::uint8_t>(wasm::ValType::kI64);
constexpr std::uint8_t kIII[] = {kI, kI, kI};
constexpr std::uint8_t kLong[] = {kL};
constexpr Bytes ints(std::size_t count) {
    return {kIII, count};
}

constexpr wasm::HostFunction kFunctions[] = {
    {"wasmbed_device", "log", {ints(3), ints(1)}, log, nullptr},
    {"wasmbed_device", "led_set", {ints(2), ints(1)}, led_set, nullptr},
    {"wasmbed_device", "led_get", {ints(1), ints(1)}, led_get, nullptr},
    {"wasmbed_timer", "sleep_ms", {ints(1), ints(1)}, sleep_ms, nullptr},
    {"wasmbed_timer", "monotonic_ms", {{}, kLong}, monotonic_ms, nullptr},
    {"wasmbed_timer", "wall_ms", {{}, kLong}, wall_ms, nullptr},
    {"wasmbed_security", "random", {ints(2), ints(1)}, random, nullptr},
    {"wasi_snapshot_preview1", "proc_exit", {ints(1), {}}, proc_exit, nullptr},
    {"wasi_snapshot_preview1", "sched_yield", {{}, ints(1)}, yield, nullptr},
};

}  // namespace

std::span<const wasm::HostFunction> small_host_functions(SmallApp& app) {
    g_app = &app;
    return kFunctions;
}

}  // namespace wasmbed
