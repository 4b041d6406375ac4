// What a simulated device says of its apps: manifest and module are fetched and checked as on a board, then a script
// says how the app fares.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/link/device_session.hpp"
#include "core/proto/cose.hpp"

namespace wasmbed::simulator {

struct AppScript {
    Duration start{100};        ///< from a checked module to Running
    unsigned fail_percent = 0;  ///< of the apps, over all devices: they trap when they have started
};

/// The keys that manifests are signed with.
struct TrustedKeys {
    std::vector<std::pair<std::vector<std::uint8_t>, P256PublicKey>> keys;  ///< kid, key
};

/// The apps of one device. Tells its session what to fetch; the owner reports `states` whenever `changed` is called.
class ScriptedApps {
  public:
    /// `device` makes the choice of who fails the same in every run.
    ScriptedApps(const AppScript& script, const TrustedKeys& keys, std::string device)
        : script_(script), keys_(keys), device_(std::move(device)) {}

    void on_desired(Instant now, const proto::Desired& desired);
    void on_chunk(Bytes data) { blob_.insert(blob_.end(), data.begin(), data.end()); }
    void on_fetched(Instant now);
    void on_fetch_failed();
    /// Apps whose time has come go on. True when something changed.
    bool on_time(Instant now);
    Instant next_deadline() const;

    /// The blob to fetch next, if no fetch is under way.
    const Digest* wanted() const;
    void fetching() { fetching_ = true; }

    std::size_t running() const;
    /// Views stay valid until the next call of a method.
    std::span<const proto::ReportedApp> reported();

  private:
    enum class Need : std::uint8_t { manifest, module, nothing };
    struct App {
        Digest manifest{};
        Digest module{};
        bool run = false;
        Need need = Need::manifest;
        proto::AppState state = proto::AppState::fetching;
        proto::AppReason reason = proto::AppReason::none;
        std::string revision;
        Instant due = kNever;
    };

    std::map<std::string, App>::iterator first_that_needs();
    void check_manifest(App& app);
    void check_module(Instant now, App& app);
    void start(Instant now, App& app);
    void refuse(App& app, proto::AppReason reason);
    bool fails(const std::string& uid, const App& app) const;

    const AppScript& script_;
    const TrustedKeys& keys_;
    std::string device_;
    std::map<std::string, App> apps_;  ///< by uid
    std::vector<std::uint8_t> blob_;
    bool fetching_ = false;
    std::vector<proto::ReportedApp> reported_;
};

}  // namespace wasmbed::simulator
