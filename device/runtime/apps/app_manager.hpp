// Which apps are on the device, and that each is in the state the gateway wants.
#pragma once

#include <array>
#include <optional>
#include <span>

#include "core/base/crypto.hpp"
#include "core/link/device_session.hpp"
#include "device/runtime/apps/app.hpp"
#include "device/runtime/apps/app_store.hpp"
#include "device/runtime/apps/arena.hpp"
#include "device/runtime/apps/host_context.hpp"
#include "device/runtime/apps/sequence_floors.hpp"
#include "device/runtime/identity/identity.hpp"
#include "device/runtime/report/device_log.hpp"

namespace wasmbed::apps {

/// Apps that the store has start at boot, before and whether or not a gateway answers. One app is installed at a time,
/// in steps; all others run on meanwhile. Nothing runs whose manifest's signature and module's digest were not verified
/// in this boot.
class AppManager {
  public:
    struct Parts {
        const hal::Board& board;  ///< whose parts apps may be permitted to use
        Crypto& crypto;
        DeviceLog& log;
        store::KvStore& kv;
        const Identity& identity;
        MutableBytes arena;      ///< for apps
        MutableBytes workspace;  ///< kWorkspaceBytes: the record of the app being installed
    };
    static constexpr std::size_t kWorkspaceBytes = AppStore::kRecordBytesMax;

    explicit AppManager(const Parts& parts);

    /// Finds the stored apps. Once, before `poll`; `session` carries fetches and is told of changes.
    void start(link::DeviceSession& session);
    /// One step of an installation, one fuel slice per running app. Returns when it must run again.
    Instant poll(Instant now);

    // What the gateway says.
    void on_welcome();
    void on_disconnected();
    void on_desired(const proto::Desired& desired);
    /// By the gateway's clock, each time it is heard: the device remembers no time of its own that could be wrong.
    void set_wall_time(std::uint64_t unix_ms);
    proto::Reported reported();
    void add_usage(proto::Heartbeat& heartbeat) const {
        heartbeat.memory_bytes = static_cast<std::uint32_t>(arena_.used());
        heartbeat.fuel = fuel_used_;
    }
    void on_chunk(const Digest& digest, std::uint64_t offset, Bytes data);
    void on_fetched(const Digest& digest, std::uint64_t total);
    void on_fetch_failed(const Digest& digest, link::FetchFailure failure);

    std::size_t arena_bytes() const { return arena_.size(); }

    /// `visit(app)` for each app that is there.
    template <class Visit>
    void each(const Visit& visit) const {
        for (const App& app : apps_) {
            if (app.used) visit(app);
        }
    }

  private:
    /// Steps of one installation, in order. Each takes one turn at least.
    enum class Step : std::uint8_t {
        Idle,
        FindManifest,
        FetchManifest,
        VerifyManifest,
        FindModule,
        FetchModule,
        Save,
        Load,
        Translate,
        Link
    };
    struct Installation {
        Step step = Step::Idle;
        std::size_t index = 0;         ///< of the app
        std::size_t record_bytes = 0;  ///< in the workspace: run flag, then the manifest's COSE_Sign1
        bool from_store = false;       ///< the manifest was in the store already
        bool failed = false;           ///< set by a callback of the session; `reason` and `detail` say why
        bool complete = false;         ///< all of the blob is there
        proto::AppReason reason{};
        proto::Manifest manifest;    ///< views into the workspace
        std::size_t payload_at = 0;  ///< of the manifest in its COSE_Sign1
        std::size_t payload_bytes = 0;
        Sha256* hash = nullptr;
        MutableBytes gap;      ///< of the arena, from Load to Link
        std::size_t used = 0;  ///< bytes of it
        alignas(std::max_align_t) std::byte hash_storage[Crypto::kSha256StorageBytes];
    };

    // app_manager.cpp
    App* find(std::string_view uid);
    App* add(std::string_view uid);
    std::size_t index_of(const App& app) const { return static_cast<std::size_t>(&app - apps_.data()); }
    void want(App& app, const Digest& manifest, bool run);
    void uninstall(App& app);
    void sweep();
    void sweep_data();
    void changed() { change_pending_ = true; }
    void set_state(App& app, proto::AppState state, proto::AppReason reason = proto::AppReason::none,
                   std::string_view detail = {});
    void say(LogLevel level, const App& app, const char* what);
    void say(LogLevel level, const App& app, const char* what, std::string_view more, const char* end = "");

    // installer.cpp
    Instant poll_installation(Instant now);
    bool pick_installation(Instant now, Instant& next);
    void run_step(App& app, Instant now);
    void cancel_installation();
    void end_installation() { installation_.step = Step::Idle; }
    void refuse(App& app, proto::AppReason reason, std::string_view detail, std::optional<wasm::Rule> rule = {});
    void refuse(App& app, proto::AppReason reason, const char* detail);
    void damaged(App& app, proto::AppReason reason, const char* what);
    void fetch(App& app, Step step, const Digest& digest, std::uint64_t bytes_max);
    void not_fetched(App& app, const char* what);
    void find_manifest(App& app);
    void fetched_manifest(App& app);
    void verify_manifest(App& app);
    bool check_manifest(App& app, const proto::Manifest& manifest);
    void find_module(App& app);
    void fetched_module(App& app);
    void save(App& app);

    // loader.cpp
    void load(App& app);
    void refuse(App& app, const wasm::LoadError& error);
    void translate(App& app);
    bool check_imports(App& app, const LoadedApp& loaded);
    void link(App& app, Instant now);
    bool instantiate(App& app, Instant now);

    // runner.cpp
    Instant poll_running(Instant now);
    wasm::Outcome run_pieces(LoadedApp& loaded, std::int32_t fuel, Instant until);
    Instant run_slice(App& app, Instant now);
    std::int32_t slice_fuel(App& app, Instant now);
    void note_fuel_limit(App& app, Instant now);
    bool begin(App& app, Instant now);
    void on_done(App& app, Instant now);
    void on_trap(App& app, const wasm::Trap& trap, Instant now);
    void ended(App& app, bool success, Instant now);
    void superseded(App& app);
    void stop(App& app);
    void unload(App& app);

    Parts parts_;
    AppStore store_;
    SequenceFloors floors_;
    AppArena arena_;
    HostContext host_;
    HostTable host_table_;
    link::DeviceSession* session_ = nullptr;
    std::array<App, kAppsMax> apps_;
    std::array<proto::ReportedApp, kAppsMax> reported_;
    Installation installation_;
    std::uint64_t generation_ = 0;
    std::uint32_t fuel_used_ = 0;  ///< by all apps since boot, modulo 2^32
    bool linked_ = false;          ///< welcomed on the present connection
    bool change_pending_ = false;  ///< the session was not told yet
    bool sweep_pending_ = false;
    bool desired_known_ = false;  ///< apps_ is what a gateway said in this boot, not only what the store could tell
};

}  // namespace wasmbed::apps
