// One app on the device: what is wanted, what is reported, and what runs.
#pragma once

#include <optional>

#include "core/base/bytes.hpp"
#include "core/base/fixed_string.hpp"
#include "core/base/time.hpp"
#include "core/link/backoff.hpp"
#include "core/proto/manifest.hpp"
#include "core/proto/messages.hpp"
#include "core/wasm/engine.hpp"
#include "device/runtime/apps/record_limit.hpp"

namespace wasmbed::apps {

/// Apps on a device at most.
inline constexpr std::size_t kAppsMax = 8;
/// Longest line of an app's standard output that stays in one piece, bytes.
inline constexpr std::size_t kOutputLineBytes = 200;

/// What a loaded app consists of. Lies at the start of the app's block of the arena, in front of what it refers to:
/// manifest, module, image, instance. Goes with the block.
struct LoadedApp {
    proto::Manifest manifest;  ///< views into the block
    std::optional<wasm::Module> module;
    MutableBytes instance_area;
    wasm::InstanceLimits limits;
    wasm::Instance* instance = nullptr;
    bool in_start_function = false;  ///< `_start` comes when it is done
    std::int64_t fuel_allowance = 0;
    Instant allowance_at;
    Instant waited_at;                        ///< when it last waited by itself, or began
    FixedString<kOutputLineBytes> output[2];  ///< unfinished lines of stdout and stderr
};

enum class Activity : std::uint8_t {
    None,     ///< not running; `state` says why
    Running,  ///< gets fuel slices
    Asleep,   ///< in a host call until `wake_at`
    Backoff,  ///< ended; starts again at `wake_at`
};

struct App {
    bool used = false;
    FixedString<36> uid;

    // What the gateway wants.
    Digest wanted_manifest{};
    bool run = false;

    // Installation.
    bool needs_install = false;
    bool waits_for_link = false;  ///< what is missing can only be fetched
    bool refusal_unreported =
        false;              ///< what the store had was damaged; the gateway hears of that before it is fetched anew
    Instant install_at{0};  ///< not before: the gateway did not have what it named
    Digest module{};        ///< of the verified manifest; keeps the module from being removed

    // What is reported.
    proto::AppState state = proto::AppState::pending;
    proto::AppReason reason = proto::AppReason::none;
    FixedString<120> detail;
    std::optional<wasm::Rule> rule;  ///< that the module breaks; goes with `detail`, which has what varies
    FixedString<63> name;            ///< empty before the manifest is verified
    FixedString<63> revision;        ///< clipped to what wire.cddl takes
    std::uint32_t restarts = 0;
    std::optional<std::int64_t> exit_code;
    std::optional<std::uint32_t> trap_function;
    std::optional<std::uint32_t> trap_offset;

    // Execution.
    Activity activity = Activity::None;
    Instant wake_at = kNever;
    std::uint32_t call_result = 0;  ///< of the host call that an app is asleep in
    Instant started_at;
    Duration next_backoff{};
    RecordLimit log_limit;          ///< outlives restarts
    RecordLimit event_limit;        ///< likewise
    std::uint32_t untold_leds = 0;  ///< one bit per LED (modulo 32) whose last change was over the limit
    LoadedApp* loaded = nullptr;

    /// For the log: the name, or the uid as long as there is none.
    std::string_view label() const { return name.empty() ? uid.view() : name.view(); }
};

}  // namespace wasmbed::apps
