#include "device/runtime/apps/app_manager.hpp"

#include "core/base/text_writer.hpp"

namespace wasmbed::apps {

AppManager::AppManager(const Parts& parts)
    : parts_(parts),
      store_(parts.kv),
      floors_(parts.kv, parts.crypto),
      arena_(parts.arena),
      host_{parts.board.clock, parts.board, parts.crypto, parts.log, store_},
      host_table_(host_) {}

void AppManager::say(LogLevel level, const App& app, const char* what) {
    say(level, app, what, {});
}

void AppManager::say(LogLevel level, const App& app, const char* what, std::string_view more, const char* end) {
    char line[240];
    TextWriter text{line};
    text.text(app.label()).text(": ").text(what).text(more).text(end);
    parts_.log.apps(level, text.view());
}

App* AppManager::find(std::string_view uid) {
    for (App& app : apps_) {
        if (app.used && app.uid == uid) return &app;
    }
    return nullptr;
}

App* AppManager::add(std::string_view uid) {
    for (App& app : apps_) {
        if (app.used) continue;
        app = App{};
        app.used = true;
        app.uid.assign(uid);
        return &app;
    }
    return nullptr;
}

void AppManager::set_state(App& app, proto::AppState state, proto::AppReason reason, std::string_view detail) {
    app.state = state;
    app.reason = reason;
    app.detail.assign(detail);
    app.rule.reset();
    changed();
}

void AppManager::start(link::DeviceSession& session) {
    session_ = &session;
    FixedString<36> uid;
    for (std::size_t cursor = 0; store_.next_app(cursor, uid);) {
        App* app = add(uid);
        if (app == nullptr) break;
        const Result<std::uint32_t, store::KvError> size = store_.load(uid, parts_.workspace);
        if (size && *size > 1 && *size <= parts_.workspace.size()) {
            app->run = parts_.workspace[0] != 0;
            app->wanted_manifest = parts_.crypto.sha256(parts_.workspace.subspan(1, *size - 1));
        } else {
            app->run = true;  // damaged: the installation finds that out and says so
        }
        app->needs_install = true;
    }
}

Instant AppManager::poll(Instant now) {
    Instant next = poll_installation(now);
    next = sooner(next, poll_running(now));
    if (sweep_pending_ && installation_.step == Step::Idle) sweep();
    if (change_pending_ && session_ != nullptr) {
        change_pending_ = false;
        session_->report_changed();
        next = now;
    }
    return next;
}

void AppManager::on_welcome() {
    linked_ = true;
    generation_ = 0;
}

void AppManager::on_disconnected() {
    linked_ = false;
}

/// The app is to run (or only be there) by this manifest from now on.
void AppManager::want(App& app, const Digest& manifest, bool run) {
    if (app.wanted_manifest == manifest && app.run == run) {
        app.install_at = {};
        return;
    }
    if (installation_.step != Step::Idle && installation_.index == index_of(app)) cancel_installation();
    const bool rerun = app.wanted_manifest == manifest && run != app.run;
    app.wanted_manifest = manifest;
    app.run = run;
    app.restarts = rerun ? app.restarts : 0;
    app.needs_install = true;
    app.waits_for_link = false;
    app.install_at = {};
    app.exit_code.reset();
    app.trap_function.reset();
    app.trap_offset.reset();
    set_state(app, proto::AppState::pending);
}

void AppManager::set_wall_time(std::uint64_t unix_ms) {
    const std::uint64_t uptime = parts_.board.clock.now_ms();
    if (unix_ms > uptime) host_.wall_offset_ms = unix_ms - uptime;
}

void AppManager::on_desired(const proto::Desired& desired) {
    generation_ = desired.generation;
    set_wall_time(desired.time_ms);
    for (App& app : apps_) {
        if (!app.used) continue;
        bool wanted = false;
        for (const proto::DesiredApp& item : desired.apps) wanted = wanted || app.uid == item.app;
        if (!wanted) uninstall(app);
    }
    for (const proto::DesiredApp& item : desired.apps) {
        App* app = find(item.app);
        if (app == nullptr) app = add(item.app);
        if (app == nullptr) {
            char line[120];
            parts_.log.apps(
                LogLevel::error,
                TextWriter{line}.text("no room for app ").text(item.app).text(": the device takes 8").view());
            continue;
        }
        want(*app, item.manifest, item.run);
    }
    sweep_pending_ = sweep_pending_ || !desired_known_;
    desired_known_ = true;
    changed();
}

void AppManager::uninstall(App& app) {
    if (installation_.step != Step::Idle && installation_.index == index_of(app)) cancel_installation();
    const bool ran = app.activity != Activity::None;
    stop(app);
    if (const auto removed = store_.remove(app.uid); !removed) {
        say(LogLevel::error, app, "not removed: ", store::text_of(removed.error()));
    }
    say(LogLevel::info, app, ran ? "stopped and removed" : "removed");
    app = App{};
    sweep_pending_ = true;
    changed();
}

/// Removes data whose app is gone: the power failed during its removal.
void AppManager::sweep_data() {
    FixedString<36> uid;
    for (std::size_t cursor = 0; store_.next_data_owner(cursor, uid);) {
        if (find(uid) != nullptr) continue;
        store_.remove_data(uid);
        cursor = 0;
    }
}

/// Removes what no app needs. Waits until a gateway has said which apps there are, as the store may have damaged
/// records of some, and until every app's manifest is known.
void AppManager::sweep() {
    if (!desired_known_) return;
    for (const App& app : apps_) {
        if (app.used && app.needs_install) return;
    }
    sweep_pending_ = false;
    sweep_data();
    const auto keep = [](const void* context, std::string_view key) {
        for (const App& app : *static_cast<const std::array<App, kAppsMax>*>(context)) {
            if (app.used && AppStore::module_key(app.module) == key) return true;
        }
        return false;
    };
    store_.sweep_modules(keep, &apps_);
}

proto::Reported AppManager::reported() {
    std::size_t count = 0;
    for (App& app : apps_) {
        if (!app.used) continue;
        proto::ReportedApp& report = reported_[count++];
        report = {app.uid,    app.wanted_manifest, app.state,         app.restarts,    app.reason,
                  app.detail, app.exit_code,       app.trap_function, app.trap_offset, app.revision};
        if (app.rule) report.rule = static_cast<std::uint32_t>(*app.rule);
        app.refusal_unreported = false;
    }
    return {generation_, std::span<const proto::ReportedApp>{reported_.data(), count}};
}

}  // namespace wasmbed::apps
