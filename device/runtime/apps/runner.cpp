// Running apps: fuel slices in turn, sleeping, exits, traps, restarts.
#include <algorithm>

#include "core/base/text_writer.hpp"
#include "core/wasm/backtrace.hpp"
#include "core/wasm/image.hpp"
#include "core/wasm/reader.hpp"
#include "device/runtime/apps/app_manager.hpp"

namespace wasmbed::apps {
namespace {

using proto::AppReason;
using proto::AppState;
using proto::EventKind;

/// Fuel per turn: some milliseconds of an app's own code on a 25 MHz Cortex-M3, so that the link and other apps wait no
/// longer.
constexpr std::int32_t kSliceFuel = 2000;
/// A call of a host function costs one unit too, and hundreds of times its time. So a turn is given in pieces, and no
/// more of them after this time.
constexpr std::int32_t kPieceFuel = 50;
constexpr Duration kSliceTime{2};
/// Restart pauses double up to this, or to the manifest's own when that is longer (manifest.cddl).
constexpr Duration kBackoffMax = Duration::seconds(60);
/// An app that ran this long has recovered: its next pause is short again.
constexpr Duration kRecoveredAfter = Duration::seconds(60);
/// An app that needs more than its fuel per second for so long is reported.
constexpr Duration kFuelLimitNotedAfter = Duration::seconds(10);

/// Calls that are told with a trap: the innermost, the trapped function itself included.
constexpr std::uint32_t kFramesMax = 5;

/// Where in the module the code of one of its own functions begins (at its locals, as disassemblers show it).
std::uint32_t body_offset(const wasm::Module& module, std::uint32_t function) {
    const wasm::ImageHeader& header = module.header();
    wasm::Reader reader{module.wasm()};
    (void)reader.bytes(header.code_section);
    const std::uint32_t bodies = reader.u32();
    for (std::uint32_t i = header.imported_functions; i < function && i - header.imported_functions < bodies; ++i) {
        (void)reader.bytes(reader.u32());
    }
    (void)reader.u32();
    return reader.position();
}

}  // namespace

Instant AppManager::poll_running(Instant now) {
    Instant next = kNever;
    for (App& app : apps_) {
        next = sooner(next, host_.tell_leds(app, now));
        switch (app.activity) {
            case Activity::None:
                break;
            case Activity::Running:
                next = sooner(next, run_slice(app, now));
                break;
            case Activity::Asleep:
                if (now >= app.wake_at) {
                    const std::uint32_t result[] = {app.call_result};
                    app.activity = Activity::Running;
                    (void)app.loaded->instance->complete(result);
                    next = sooner(next, run_slice(app, now));
                } else {
                    next = sooner(next, app.wake_at);
                }
                break;
            case Activity::Backoff:
                if (app.needs_install) {
                    unload(app);  // superseded: what is reported is already about the next revision
                } else if (now >= app.wake_at) {
                    ++app.restarts;
                    (void)instantiate(app, now);
                    next = now;
                } else {
                    next = sooner(next, app.wake_at);
                }
                break;
        }
    }
    return next;
}

/// Fuel for this slice; 0 when the app has used up what its limit gives it per second.
std::int32_t AppManager::slice_fuel(App& app, Instant now) {
    LoadedApp& loaded = *app.loaded;
    const std::optional<std::uint32_t> per_second = loaded.manifest.limits.fuel_per_second;
    if (!per_second) return kSliceFuel;
    const std::uint64_t elapsed_ms = std::min<std::uint64_t>((now - loaded.allowance_at).ms, 1000);
    const std::int64_t earned = static_cast<std::int64_t>(elapsed_ms * *per_second / 1000);
    if (earned > 0) {
        loaded.fuel_allowance = std::min<std::int64_t>(loaded.fuel_allowance + earned, *per_second);
        loaded.allowance_at = now;
    }
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(loaded.fuel_allowance, 0, kSliceFuel));
}

/// Until the fuel is used up, the time has come, or the app has something to say.
wasm::Outcome AppManager::run_pieces(LoadedApp& loaded, std::int32_t fuel, Instant until) {
    for (;;) {
        const std::int32_t piece = std::min(fuel, kPieceFuel);
        const wasm::Outcome outcome = loaded.instance->run(piece);
        // What an operation took beyond the piece is a debt that the next one pays.
        const std::int32_t used = piece - std::max<std::int32_t>(loaded.instance->fuel_left(), 0);
        fuel_used_ += static_cast<std::uint32_t>(used);
        if (loaded.manifest.limits.fuel_per_second) loaded.fuel_allowance -= used;
        fuel -= piece;
        if (fuel <= 0 || !std::holds_alternative<wasm::OutOfFuel>(outcome) || host_.now() >= until) return outcome;
    }
}

/// An app that never waits by itself and has no fuel left needs more than its limit. Said once for each start.
void AppManager::note_fuel_limit(App& app, Instant now) {
    if (now - app.loaded->waited_at < kFuelLimitNotedAfter) return;
    if (app.state != AppState::running || app.reason != AppReason::none) return;
    set_state(app, AppState::running, AppReason::fuel_limit, "held back by fuelPerSecond for 10 s");
}

Instant AppManager::run_slice(App& app, Instant now) {
    LoadedApp& loaded = *app.loaded;
    const std::int32_t fuel = slice_fuel(app, now);
    if (fuel <= 0) {
        note_fuel_limit(app, now);
        return now + Duration{1 + 1000 / std::max<std::uint32_t>(1, *loaded.manifest.limits.fuel_per_second)};
    }

    host_.app = &app;
    host_.board.reset.note_task(app.label());
    const wasm::Outcome outcome = run_pieces(loaded, fuel, host_.now() + kSliceTime);
    host_.board.reset.note_task({});
    host_.app = nullptr;

    if (std::holds_alternative<wasm::Done>(outcome)) {
        on_done(app, now);
    } else if (const wasm::Trap* trap = std::get_if<wasm::Trap>(&outcome)) {
        on_trap(app, *trap, now);
    }
    if (app.activity == Activity::Asleep) loaded.waited_at = now;
    return app.activity == Activity::Asleep || app.activity == Activity::Backoff ? app.wake_at
           : app.activity == Activity::Running                                   ? now
                                                                                 : kNever;
}

/// Starts the instance that was just made. False: it has no `_start` that can be called.
bool AppManager::begin(App& app, Instant now) {
    LoadedApp& loaded = *app.loaded;
    if (!loaded.in_start_function && !loaded.instance->start("_start", {})) {
        refuse(app, AppReason::start_failed, "_start takes arguments, or needs more stack");
        return false;
    }
    loaded.allowance_at = now;
    loaded.waited_at = now;
    app.activity = Activity::Running;
    app.started_at = now;
    app.exit_code.reset();
    app.trap_function.reset();
    app.trap_offset.reset();
    set_state(app, AppState::running);
    say(LogLevel::info, app, "running");
    parts_.log.event(EventKind::app_started, app.uid, 0, app.restarts, app.revision);
    return true;
}

void AppManager::on_done(App& app, Instant now) {
    if (app.loaded->in_start_function) {
        app.loaded->in_start_function = false;
        if (app.loaded->instance->start("_start", {})) return;
        if (app.needs_install) return unload(app);
        return refuse(app, AppReason::start_failed, "_start takes arguments, or needs more stack");
    }
    app.exit_code = 0;
    ended(app, true, now);
}

void AppManager::on_trap(App& app, const wasm::Trap& trap, Instant now) {
    if (trap.kind == wasm::TrapKind::kHost && trap.host_code == kExitTrap) return ended(app, app.exit_code == 0, now);
    app.trap_function = trap.function;
    wasm::Frame frames[kFramesMax];
    const std::uint32_t depth = wasm::backtrace(*app.loaded->instance, frames);
    // The instance is done with: its area has room for finding the instruction, unless the app's memory is very small.
    const auto instruction = wasm::locate(*app.loaded->module, trap.code_offset, app.loaded->instance_area);
    app.trap_offset = instruction.value_or(body_offset(*app.loaded->module, trap.function));
    char line[120];
    TextWriter detail{line};
    detail.text(wasm::text_of(trap.kind)).text(" in function ").decimal(trap.function);
    detail.text(instruction ? " at byte " : ", its code begins at byte ").decimal(*app.trap_offset);
    for (std::uint32_t i = 1; i < std::min(depth, kFramesMax); ++i)
        detail.text(i == 1 ? ", called by " : ", ").decimal(frames[i].function);
    if (depth > kFramesMax) detail.text(" and more");
    app.detail.assign(detail.view());
    say(LogLevel::error, app, "trap: ", app.detail);
    app.reason = trap.kind == wasm::TrapKind::kStackExhausted ? AppReason::stack_limit : AppReason::trap;
    app.exit_code.reset();
    ended(app, false, now);
}

/// By exit code or trap; the restart policy decides what follows.
void AppManager::ended(App& app, bool success, Instant now) {
    const bool trapped = app.trap_function.has_value();
    char line[24];
    for (FixedString<kOutputLineBytes>& output : app.loaded->output) {
        if (!output.empty()) parts_.log.app_line(LogLevel::info, app.uid, app.label(), output);
        output.clear();
    }
    if (!trapped) {
        app.reason = success ? AppReason::none : AppReason::exit;
        app.detail.clear();
        say(success ? LogLevel::info : LogLevel::warn, app, "exited with ",
            TextWriter{line}.signed_decimal(app.exit_code.value_or(0)).view());
    }
    parts_.log.event(EventKind::app_stopped, app.uid, 0, app.exit_code.value_or(-1), app.detail);
    if (app.needs_install) return superseded(app);

    const proto::Restart& restart = app.loaded->manifest.restart;
    const bool again = restart.policy == proto::RestartPolicy::always ||
                       (restart.policy == proto::RestartPolicy::on_failure && !success);
    if (again && restart.restarts_max > 0 && app.restarts >= restart.restarts_max) {
        unload(app);
        return set_state(app, AppState::failed, AppReason::restart_limit, app.detail);
    }
    if (!again) {
        unload(app);
        return set_state(app, success ? AppState::completed : AppState::failed, app.reason, app.detail);
    }
    const Duration least{std::max<std::uint32_t>(restart.backoff_ms, 1)};
    if (app.restarts == 0 || now - app.started_at >= kRecoveredAfter || app.next_backoff < least)
        app.next_backoff = least;
    app.activity = Activity::Backoff;
    app.wake_at = now + app.next_backoff;
    app.next_backoff = Duration{std::min(app.next_backoff.ms * 2, std::max(kBackoffMax.ms, least.ms))};
    set_state(app, AppState::backoff, app.reason, app.detail);
}

/// A former revision ended while the next one is being installed. The reports are about the next one already: how this
/// one ended does not belong there, and it does not start again.
void AppManager::superseded(App& app) {
    unload(app);
    app.reason = AppReason::none;
    app.detail.clear();
    app.exit_code.reset();
    app.trap_function.reset();
    app.trap_offset.reset();
}

/// Ends the app if it runs, by the gateway's will.
void AppManager::stop(App& app) {
    if (app.activity != Activity::None) {
        say(LogLevel::info, app, "stopped");
        parts_.log.event(EventKind::app_stopped, app.uid, 0, 0, "stopped");
    }
    unload(app);
}

void AppManager::unload(App& app) {
    app.activity = Activity::None;
    app.wake_at = kNever;
    app.loaded = nullptr;
    arena_.free(index_of(app));
}

}  // namespace wasmbed::apps
