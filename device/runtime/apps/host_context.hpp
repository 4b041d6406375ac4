// What host functions work with.
#pragma once

#include <string_view>

#include "core/base/crypto.hpp"
#include "core/hostapi/host_functions.hpp"
#include "core/wasm/host.hpp"
#include "device/hal/board.hpp"
#include "device/runtime/apps/app.hpp"
#include "device/runtime/apps/app_store.hpp"
#include "device/runtime/report/device_log.hpp"

namespace wasmbed::apps {

/// Host functions end an app with this trap code; the exit code stands in App::exit_code.
inline constexpr std::uint32_t kExitTrap = 1;

/// Shared by all apps; `app` is the one whose slice it is.
struct HostContext {
    const hal::Clock& clock;
    const hal::Board& board;
    Crypto& crypto;
    DeviceLog& log;
    AppStore& store;
    /// Unix ms at uptime 0, 0: not known yet.
    std::uint64_t wall_offset_ms = 0;
    App* app = nullptr;

    Instant now() const { return {clock.now_ms()}; }
    const proto::Manifest& manifest() const { return app->loaded->manifest; }
    /// Whether the running app's manifest has a permission of this kind that covers `subject`.
    bool permits(hostapi::PermissionKind kind, std::string_view subject) const;
    /// Suspends the running app until `at`; that is its call's result then.
    wasm::HostResult sleep_until(Instant at, std::uint32_t result = 0);
    /// Ends the slice of the running app after this call: for calls that take long, so that an app which makes nothing
    /// but those leaves the others their turns.
    wasm::HostResult end_slice(std::uint32_t result = 0) { return sleep_until(now(), result); }
    /// One line of the running app, within its limit (record_limit.hpp).
    void say(LogLevel level, std::string_view text);
    /// The running app changed an LED: an event, within its limit.
    void led_changed(std::uint32_t led, bool on);
    /// After changes over the limit: how many were not told, and how the LEDs are now, as soon as there is room again.
    /// Returns when to call it again.
    Instant tell_leds(App& of, Instant at);
};

inline HostContext& context_of(void* context) {
    return *static_cast<HostContext*>(context);
}

/// Ends a call whose only result is an i32: a value, 0, or an error number. Out of line, as there are some 80 calls.
[[gnu::noinline]] wasm::HostResult done(wasm::HostCall& call, std::int32_t result);
inline wasm::HostResult done(wasm::HostCall& call, hostapi::HostError error) {
    return done(call, static_cast<std::int32_t>(error));
}

/// Whether a manifest has any permission of this kind: what linking an import needs.
bool grants_any(const proto::Manifest& manifest, hostapi::PermissionKind kind);

/// The handlers, one per row of core/hostapi/host_functions.inc and named by it; `context` is a HostContext.
struct HostHandlers {
#define HOST_FUNCTION(id, ...) static wasm::HostResult id(void* context, wasm::HostCall& call);
#include "core/hostapi/host_functions.inc"
};

inline constexpr std::size_t kHostFunctionCount = 0
#define HOST_FUNCTION(...) +1
#include "core/hostapi/host_functions.inc"
    ;

/// The table as the engine's linker takes it, for one context.
class HostTable {
  public:
    explicit HostTable(HostContext& context);
    std::span<const wasm::HostFunction> functions() const { return functions_; }

  private:
    std::array<wasm::HostFunction, kHostFunctionCount> functions_;
};

}  // namespace wasmbed::apps
