#include "device/runtime/apps/host_context.hpp"

#include "core/base/text_writer.hpp"
#include "core/hostapi/signature.hpp"

namespace wasmbed::apps {
namespace {

/// How often it is looked whether changes over the limit can be told now.
constexpr Duration kUntoldRetry{250};

constexpr hostapi::Signature kSignatures[] = {
#define HOST_FUNCTION(id, module, name, signature, ...) hostapi::parse_signature(signature),
#include "core/hostapi/host_functions.inc"
};

using Handler = wasm::HostResult (*)(void*, wasm::HostCall&);
constexpr Handler kHandlers[] = {
#define HOST_FUNCTION(id, ...) &HostHandlers::id,
#include "core/hostapi/host_functions.inc"
};

}  // namespace

HostTable::HostTable(HostContext& context) {
    const std::span<const hostapi::HostFunction> rows = hostapi::host_functions();
    for (std::size_t i = 0; i < functions_.size(); ++i) {
        const hostapi::Signature& signature = kSignatures[i];
        functions_[i] = {
            rows[i].module, rows[i].name, {signature.params(), signature.results()}, kHandlers[i], &context};
    }
}

bool HostContext::permits(hostapi::PermissionKind kind, std::string_view subject) const {
    for (const std::string_view text : manifest().permissions) {
        const std::optional<hostapi::Permission> permission = hostapi::split_permission(text);
        if (permission && permission->kind == kind && permission->covers(subject)) return true;
    }
    return false;
}

void HostContext::say(LogLevel level, std::string_view text) {
    if (!app->log_limit.take(now(), text.size())) return;
    if (const std::uint32_t dropped = app->log_limit.take_dropped(); dropped > 0) {
        char line[64];
        TextWriter note{line};
        note.text("(").decimal(dropped).text(" lines dropped: too many at once)");
        log.app_line(LogLevel::warn, app->uid, app->label(), note.view());
    }
    log.app_line(level, app->uid, app->label(), text);
}

void HostContext::led_changed(std::uint32_t led, bool on) {
    // After a loss nothing is told before the loss is: half a bucket's worth later, so that notes do not flood in turn.
    if (app->untold_leds == 0 && app->event_limit.take(now(), app->uid.size()))
        return log.event(proto::EventKind::led, app->uid, led, on ? 1 : 0);
    if (app->untold_leds != 0) app->event_limit.drop();
    app->untold_leds |= 1U << led % 32;
}

Instant HostContext::tell_leds(App& of, Instant at) {
    if (of.untold_leds == 0) return kNever;
    if (of.event_limit.room(at) < RecordLimit::kBurstBytes / 2) return at + kUntoldRetry;
    char line[64];
    TextWriter note{line};
    note.text("(").decimal(of.event_limit.take_dropped()).text(" LED changes not told: too many at once)");
    (void)of.event_limit.take(at, note.view().size());
    log.app_line(LogLevel::warn, of.uid, of.label(), note.view());
    for (std::uint32_t led = 0; led < board.leds->count(); ++led) {
        if ((of.untold_leds >> led % 32 & 1) == 0) continue;
        (void)of.event_limit.take(at, of.uid.size());
        log.event(proto::EventKind::led, of.uid, led, board.leds->get(led) ? 1 : 0);
    }
    of.untold_leds = 0;
    return kNever;
}

wasm::HostResult done(wasm::HostCall& call, std::int32_t result) {
    call.set_i32(0, result);
    return wasm::HostResult::done();
}

wasm::HostResult HostContext::sleep_until(Instant at, std::uint32_t result) {
    app->call_result = result;
    app->activity = Activity::Asleep;
    app->wake_at = at;
    return wasm::HostResult::suspend();
}

bool grants_any(const proto::Manifest& manifest, hostapi::PermissionKind kind) {
    if (kind == hostapi::PermissionKind::None) return true;
    for (const std::string_view text : manifest.permissions) {
        const std::optional<hostapi::Permission> permission = hostapi::split_permission(text);
        if (permission && permission->kind == kind) return true;
    }
    return false;
}

}  // namespace wasmbed::apps
