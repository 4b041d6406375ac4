// Getting an app onto the device: manifest and module, from the store or from the gateway, verified.
#include <cstring>

#include "core/base/text_writer.hpp"
#include "core/proto/cose.hpp"
#include "device/runtime/apps/app_manager.hpp"

namespace wasmbed::apps {

using proto::AppReason;
using proto::AppState;

namespace {

/// A gateway may name a revision a moment before it has the blobs.
constexpr Duration kFetchRetry = Duration::seconds(5);

/// Whether bytes were not what a digest or a signature says, or an old manifest came back: somebody may be attacking.
bool concerns_security(AppReason reason) {
    return reason == AppReason::bad_signature || reason == AppReason::bad_digest ||
           reason == AppReason::malformed_manifest || reason == AppReason::stale_sequence ||
           reason == AppReason::corrupt_store;
}

}  // namespace

/// `next`: when to look again when there is nothing to do now.
bool AppManager::pick_installation(Instant now, Instant& next) {
    for (App& app : apps_) {
        if (!app.used || !app.needs_install) continue;
        if (app.waits_for_link && (!linked_ || app.refusal_unreported)) continue;
        if (now < app.install_at) {
            next = sooner(next, app.install_at);
            continue;
        }
        app.waits_for_link = false;
        installation_.step = Step::FindManifest;
        installation_.index = index_of(app);
        installation_.from_store = installation_.failed = installation_.complete = false;
        return true;
    }
    return false;
}

Instant AppManager::poll_installation(Instant now) {
    Instant next = kNever;
    if (installation_.step == Step::Idle && !pick_installation(now, next)) return next;
    App& app = apps_[installation_.index];
    const Step step = installation_.step;
    run_step(app, now);
    const bool fetching = step == Step::FetchManifest || step == Step::FetchModule;
    return fetching && installation_.step == step ? kNever : now;
}

void AppManager::run_step(App& app, Instant now) {
    switch (installation_.step) {
        case Step::Idle:
            return;
        case Step::FindManifest:
            return find_manifest(app);
        case Step::FetchManifest:
            return fetched_manifest(app);
        case Step::VerifyManifest:
            return verify_manifest(app);
        case Step::FindModule:
            return find_module(app);
        case Step::FetchModule:
            return fetched_module(app);
        case Step::Save:
            return save(app);
        case Step::Load:
            return load(app);
        case Step::Translate:
            return translate(app);
        case Step::Link:
            return link(app, now);
    }
}

void AppManager::cancel_installation() {
    session_->cancel_fetch();
    store_.kv().abort();
    App& app = apps_[installation_.index];
    if (installation_.step > Step::Load) unload(app);
    end_installation();
}

/// The app cannot run by this manifest: what ran before under its uid must not go on either, unless all that is known
/// of the new revision is that the gateway did not have it. A rule of the engine's is named by its number: what reads
/// the report has its text (docs/reference/wasm-rules.md).
void AppManager::refuse(App& app, AppReason reason, std::string_view detail, std::optional<wasm::Rule> rule) {
    if (installation_.step != Step::Idle && installation_.index == index_of(app)) {
        session_->cancel_fetch();
        store_.kv().abort();
        end_installation();
    }
    app.needs_install = reason == AppReason::fetch_failed;
    if (app.needs_install) {
        app.install_at = host_.now() + kFetchRetry;
    } else {
        stop(app);
    }
    set_state(app, AppState::refused, reason, detail);
    app.rule = rule;
    char line[160];
    TextWriter text{line};
    if (rule) text.text("rule ").decimal(static_cast<std::uint32_t>(*rule));
    say(LogLevel::error, app, "refused: ", text.text(app.detail).view());
    if (concerns_security(reason))
        parts_.log.event(proto::EventKind::security, app.uid, 0, static_cast<std::int64_t>(reason), app.detail);
    sweep_pending_ = true;
}

void AppManager::refuse(App& app, AppReason reason, const char* detail) {
    refuse(app, reason, std::string_view{detail});
}

/// What the store has of this app was changed: it is not run, the gateway hears of it, and then it is fetched anew.
void AppManager::damaged(App& app, AppReason reason, const char* what) {
    char line[96];
    const std::string_view detail =
        TextWriter{line}
            .text(what)
            .text(reason == AppReason::corrupt_store ? ": checksum does not match" : ": digest does not match")
            .view();
    refuse(app, reason, detail);
    app.needs_install = app.waits_for_link = app.refusal_unreported = true;
}

void AppManager::fetch(App& app, Step step, const Digest& digest, std::uint64_t bytes_max) {
    if (!linked_) {
        app.waits_for_link = true;
        end_installation();
        return;
    }
    installation_.step = step;
    installation_.complete = installation_.failed = false;
    session_->fetch(digest, 0, bytes_max);
    set_state(app, AppState::fetching);
}

void AppManager::not_fetched(App& app, const char* what) {
    char line[96];
    TextWriter detail{line};
    detail.text(what).text(" could not be ");
    detail.text(installation_.reason == AppReason::fetch_failed ? "fetched" : "stored");
    const bool runs = app.activity == Activity::Running || app.activity == Activity::Asleep;
    if (runs && installation_.reason == AppReason::fetch_failed) detail.text("; the revision before it goes on");
    refuse(app, installation_.reason, detail.view());
}

void AppManager::find_manifest(App& app) {
    const Result<std::uint32_t, store::KvError> size = store_.load(app.uid, parts_.workspace);
    if (size && *size > 1 && *size <= parts_.workspace.size() &&
        parts_.crypto.sha256(parts_.workspace.subspan(1, *size - 1)) == app.wanted_manifest) {
        installation_.record_bytes = *size;
        installation_.from_store = true;
        installation_.step = Step::VerifyManifest;
        return;
    }
    if (!size && size.error() == store::KvError::Corrupt) {
        (void)store_.kv().remove(AppStore::app_key(app.uid));
        return damaged(app, AppReason::corrupt_store, "stored manifest");
    }
    installation_.record_bytes = 1;
    fetch(app, Step::FetchManifest, app.wanted_manifest, proto::kManifestBytesMax);
}

void AppManager::fetched_manifest(App& app) {
    if (installation_.failed) return not_fetched(app, "manifest");
    if (!installation_.complete) return;
    const Bytes cose = parts_.workspace.subspan(1, installation_.record_bytes - 1);
    if (parts_.crypto.sha256(cose) != app.wanted_manifest)
        return refuse(app, AppReason::bad_digest, "manifest: digest does not match");
    installation_.step = Step::VerifyManifest;
}

void AppManager::verify_manifest(App& app) {
    const Bytes cose = parts_.workspace.subspan(1, installation_.record_bytes - 1);
    const auto payload = proto::cose_verify(cose, parts_.identity.provision().manifest_keys, parts_.crypto);
    if (!payload) {
        switch (payload.error().kind) {
            case proto::CoseErrorKind::malformed:
                return refuse(app, AppReason::malformed_manifest, "manifest is not a COSE_Sign1");
            case proto::CoseErrorKind::unknown_key:
                return refuse(app, AppReason::bad_signature, "manifest is signed by an unknown key");
            case proto::CoseErrorKind::bad_signature:
                return refuse(app, AppReason::bad_signature, "manifest's signature does not match");
        }
    }
    const auto manifest = proto::decode_manifest(*payload);
    if (!manifest) return refuse(app, AppReason::malformed_manifest, "manifest is not what manifest.cddl says");
    if (!check_manifest(app, *manifest)) return;
    installation_.manifest = *manifest;
    installation_.payload_at = static_cast<std::size_t>(payload->data() - cose.data());
    installation_.payload_bytes = payload->size();
    app.name.assign(manifest->app_name);
    app.revision.assign(manifest->revision);
    app.module = manifest->module;
    say(LogLevel::info, app, "manifest verified");
    installation_.step = Step::FindModule;
}

/// A valid signature does not make a manifest one for this app, this namespace, now.
bool AppManager::check_manifest(App& app, const proto::Manifest& manifest) {
    const std::string_view own_namespace = parts_.identity.namespace_name();
    if (app.uid != manifest.app_uid)
        return refuse(app, AppReason::malformed_manifest, "manifest is for another app"), false;
    if (!own_namespace.empty() && manifest.namespace_name != own_namespace) {
        return refuse(app, AppReason::not_permitted, "manifest is for another namespace"), false;
    }
    if (manifest.language != proto::Language::wasm)
        return refuse(app, AppReason::unsupported_language, "language is not wasm"), false;
    if (installation_.from_store || manifest.rollback) return true;
    const auto floor = floors_.floor_of(app.uid);
    if (!floor) return refuse(app, AppReason::out_of_storage, store::text_of(floor.error())), false;
    if (manifest.sequence < *floor)
        return refuse(app, AppReason::stale_sequence, "manifest is older than one taken before, and no rollback"),
               false;
    return true;
}

void AppManager::find_module(App& app) {
    const Result<std::uint32_t, store::KvError> size = store_.kv().size_of(AppStore::module_key(app.module));
    if (size && *size == installation_.manifest.module_bytes) {
        installation_.step = Step::Save;
        return;
    }
    const std::uint64_t bytes = installation_.manifest.module_bytes;
    if (bytes > store_.kv().value_bytes_max())
        return refuse(app, AppReason::out_of_storage, "module is larger than the store takes");
    if (!linked_) return fetch(app, Step::FetchModule, app.module, bytes);  // waits
    const auto begun = store_.kv().begin(AppStore::module_key(app.module), static_cast<std::uint32_t>(bytes));
    if (!begun) return refuse(app, AppReason::out_of_storage, store::text_of(begun.error()));
    installation_.hash = parts_.crypto.begin_sha256(installation_.hash_storage);
    if (installation_.hash == nullptr) return refuse(app, AppReason::out_of_memory, "no memory for a hash");
    fetch(app, Step::FetchModule, app.module, bytes);
}

void AppManager::fetched_module(App& app) {
    if (installation_.failed) return not_fetched(app, "module");
    if (!installation_.complete) return;
    const Digest digest = installation_.hash->finish();
    installation_.hash = nullptr;
    if (digest != app.module) return refuse(app, AppReason::bad_digest, "module: digest does not match");
    if (const auto committed = store_.kv().commit(); !committed) {
        return refuse(app, AppReason::out_of_storage, store::text_of(committed.error()));
    }
    installation_.step = Step::Save;
}

/// From here on the app is started at each boot. The module is in the store already: a record never points to nothing.
void AppManager::save(App& app) {
    MutableBytes record = parts_.workspace.first(installation_.record_bytes);
    const std::uint8_t run = app.run ? 1 : 0;
    if (!installation_.from_store || record[0] != run) {
        record[0] = run;
        // The floor first: a record above it could be replaced by an older one after a power cut in between.
        auto saved = floors_.raise(app.uid, installation_.manifest.sequence);
        if (saved) saved = store_.save(app.uid, record);
        if (!saved) return refuse(app, AppReason::out_of_storage, store::text_of(saved.error()));
    }
    sweep_pending_ = true;
    stop(app);
    if (!app.run) {
        app.needs_install = false;
        set_state(app, AppState::stopped);
        return end_installation();
    }
    set_state(app, AppState::installing);
    installation_.step = Step::Load;
}

void AppManager::on_chunk(const Digest&, std::uint64_t offset, Bytes data) {
    if (installation_.step == Step::FetchManifest) {
        if (1 + offset + data.size() > parts_.workspace.size())
            return;  // the session keeps to the limit that fetch() set
        if (!data.empty()) std::memcpy(parts_.workspace.data() + 1 + offset, data.data(), data.size());
        installation_.record_bytes = static_cast<std::size_t>(1 + offset + data.size());
    } else if (installation_.step == Step::FetchModule && !installation_.failed) {
        installation_.hash->update(data);
        if (!store_.kv().append(data)) {
            installation_.failed = true;
            installation_.reason = AppReason::out_of_storage;
        }
    }
}

void AppManager::on_fetched(const Digest&, std::uint64_t) {
    installation_.complete = true;
}

void AppManager::on_fetch_failed(const Digest&, link::FetchFailure) {
    installation_.failed = true;
    installation_.reason = AppReason::fetch_failed;
}

}  // namespace wasmbed::apps
