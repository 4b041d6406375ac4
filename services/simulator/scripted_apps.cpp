#include "services/simulator/scripted_apps.hpp"

#include <algorithm>

#include "core/proto/manifest.hpp"
#include "host/pki/openssl_crypto.hpp"

namespace wasmbed::simulator {

using proto::AppReason;
using proto::AppState;

void ScriptedApps::on_desired(Instant now, const proto::Desired& desired) {
    std::map<std::string, App> next;
    for (const proto::DesiredApp& wanted : desired.apps) {
        const std::string uid{wanted.app};
        const auto known = apps_.find(uid);
        App app = known != apps_.end() && known->second.manifest == wanted.manifest ? known->second : App{};
        app.manifest = wanted.manifest;
        const bool changed = app.run != wanted.run;
        app.run = wanted.run;
        if (changed && app.need == Need::nothing && app.reason == AppReason::none) start(now, app);
        next.emplace(uid, std::move(app));
    }
    apps_ = std::move(next);
    // What is being fetched may not be wanted any more; the session starts the next fetch in its place.
    fetching_ = false;
    blob_.clear();
}

std::map<std::string, ScriptedApps::App>::iterator ScriptedApps::first_that_needs() {
    return std::ranges::find_if(apps_, [](const auto& entry) { return entry.second.need != Need::nothing; });
}

const Digest* ScriptedApps::wanted() const {
    if (fetching_) return nullptr;
    for (const auto& [_, app] : apps_) {
        if (app.need == Need::manifest) return &app.manifest;
        if (app.need == Need::module) return &app.module;
    }
    return nullptr;
}

void ScriptedApps::on_fetched(Instant now) {
    fetching_ = false;
    const auto found = first_that_needs();
    if (found == apps_.end()) return;
    App& app = found->second;
    const Digest expected = app.need == Need::manifest ? app.manifest : app.module;
    if (pki::sha256(blob_) != expected) {
        refuse(app, AppReason::bad_digest);
    } else if (app.need == Need::manifest) {
        check_manifest(app);
    } else {
        check_module(now, app);
    }
    blob_.clear();
}

void ScriptedApps::on_fetch_failed() {
    fetching_ = false;
    blob_.clear();
    const auto found = first_that_needs();
    if (found != apps_.end()) refuse(found->second, AppReason::fetch_failed);
}

void ScriptedApps::check_manifest(App& app) {
    std::vector<proto::ManifestKey> keys;
    for (const auto& [kid, key] : keys_.keys) keys.push_back({.kid = kid, .key = key});
    pki::OpenSslCrypto crypto;
    const auto payload = proto::cose_verify(blob_, std::span<const proto::ManifestKey>(keys), crypto);
    if (!payload) return refuse(app, AppReason::bad_signature);
    const auto manifest = proto::decode_manifest(*payload);
    if (!manifest) return refuse(app, AppReason::malformed_manifest);
    app.revision = manifest->revision;
    app.module = manifest->module;
    app.need = Need::module;
}

void ScriptedApps::check_module(Instant now, App& app) {
    app.need = Need::nothing;
    start(now, app);
}

void ScriptedApps::start(Instant now, App& app) {
    app.state = app.run ? AppState::installing : AppState::stopped;
    app.due = app.run ? now + script_.start : kNever;
}

void ScriptedApps::refuse(App& app, AppReason reason) {
    app.need = Need::nothing;
    app.state = AppState::refused;
    app.reason = reason;
    app.due = kNever;
}

bool ScriptedApps::on_time(Instant now) {
    bool changed = false;
    for (auto& [uid, app] : apps_) {
        if (app.due > now) continue;
        app.due = kNever;
        changed = true;
        const bool trapped = fails(uid, app);
        app.state = trapped ? AppState::failed : AppState::running;
        app.reason = trapped ? AppReason::trap : AppReason::none;
    }
    return changed;
}

Instant ScriptedApps::next_deadline() const {
    Instant first = kNever;
    for (const auto& [_, app] : apps_) first = std::min(first, app.due);
    return first;
}

bool ScriptedApps::fails(const std::string& uid, const App& app) const {
    return std::hash<std::string>{}(device_ + "/" + uid + "/" + app.revision) % 100 < script_.fail_percent;
}

std::size_t ScriptedApps::running() const {
    return std::size_t(
        std::ranges::count_if(apps_, [](const auto& entry) { return entry.second.state == AppState::running; }));
}

std::span<const proto::ReportedApp> ScriptedApps::reported() {
    reported_.clear();
    for (const auto& [uid, app] : apps_) {
        proto::ReportedApp report{.app = uid, .manifest = app.manifest, .state = app.state, .reason = app.reason};
        report.revision = app.revision;
        reported_.push_back(report);
    }
    return reported_;
}

}  // namespace wasmbed::simulator
