// Getting the app onto the device: record and module, from the store or from the gateway, verified.
#include "device/runtime/small/small_app.hpp"

#include <cstring>
#include <new>

#include "core/base/text_writer.hpp"
#include "core/base/utf8.hpp"
#include "core/hostapi/permissions.hpp"
#include "core/proto/cose.hpp"
#include "device/runtime/small/small_loaded.hpp"

namespace wasmbed {

using proto::AppReason;
using proto::AppState;

namespace {

constexpr Duration kRetry = Duration::seconds(5);
/// Frames' bytes when the manifest says nothing: what is left, up to this.
constexpr std::uint32_t kLedsMax = 32;
/// What the secure element takes in one question, and a multiple of what a store programs at once.
constexpr std::uint32_t kSwapPartBytes = 128;

bool concerns_security(AppReason reason) {
    return reason == AppReason::bad_signature || reason == AppReason::bad_digest ||
           reason == AppReason::malformed_manifest || reason == AppReason::corrupt_store;
}

}  // namespace

SmallApp::SmallApp(const hal::Board& board, const SmallAppMemory& memory) : board_(board), memory_(memory) {}

std::span<std::byte> SmallApp::hash_memory() const {
    return std::as_writable_bytes(memory_.kept.last(kHashBytes));
}

void SmallApp::start(link::DeviceSession& session, const proto::Provision& provision) {
    session_ = &session;
    provision_ = &provision;
    step_ = Step::Stored;
}

void SmallApp::resume() {
    if (mine_) return;
    mine_ = true;
    memory_.lend(true);
    if (loaded_ == nullptr || take_back()) return;
    console("begins again: what was put aside of it cannot be read back");
    begin_again();
}

void SmallApp::pause() {
    if (!mine_) return;
    session_->cancel_fetch();
    kv_ = nullptr;
    const bool running = step_ == Step::Running || step_ == Step::Asleep;
    if (!running || !put_aside()) begin_again();
    memory_.lend(false);
    std::memset(memory_.kept.data(), 0, memory_.kept.size());
    mine_ = false;
}

/// An installation or a start, from what is stored.
void SmallApp::begin_again() {
    loaded_ = nullptr;
    if (step_ == Step::None || step_ == Step::Backoff || step_ == Step::Remove) return;
    step_ = Step::Stored;
    at_ = {};
}

/// The whole area: its addresses are the same when it is back, and so all pointers in it are good.
bool SmallApp::put_aside() {
    hal::Store* const swap = board_.swap_store;
    if (swap == nullptr || memory_.area.size() > swap->geometry().size) return false;
    aside_ = crypto_.sha256(memory_.area);
    if (!swap->erase(0, swap->geometry().size)) return false;
    for (std::uint32_t at = 0; at < memory_.area.size(); at += kSwapPartBytes) {
        const std::size_t rest = memory_.area.size() - at;
        const Bytes part = memory_.area.subspan(at, rest < kSwapPartBytes ? rest : kSwapPartBytes);
        if (!swap->program(at, part)) return false;
    }
    return true;
}

bool SmallApp::take_back() {
    return board_.swap_store->read(0, memory_.area) && crypto_.sha256(memory_.area) == aside_;
}

void SmallApp::console(std::string_view what, std::string_view more) {
    char line[120];
    TextWriter out{line};
    out.uptime(board_.clock.now_ms()).text("info apps: ").text(revision_.empty() ? uid_.view() : revision_.view());
    out.text(": ").text(what).text(more).text("\r\n");
    board_.console.write_blocking(bytes_of(out.view()));
}

void SmallApp::say(LogLevel level, Bytes text) {
    (void)session_->log(now(), level, uid_.view(), text);
    console(utf8_clip(text_of(text), 60));
}

void SmallApp::set(AppState state, AppReason reason, std::string_view detail) {
    reported_.state = state;
    reported_.reason = reason;
    detail_.assign(detail);
    reported_.rule.reset();
    session_->report_changed();
    moved_ = true;
}

void SmallApp::refuse(AppReason reason, std::string_view detail) {
    refuse(reason, detail, std::nullopt);
}

/// A rule of the engine's is named by its number: what reads the report has its text (docs/reference/wasm-rules.md).
void SmallApp::refuse(AppReason reason, std::string_view detail, std::optional<wasm::Rule> rule) {
    kv_ = nullptr;
    loaded_ = nullptr;
    step_ = Step::None;
    set(AppState::refused, reason, detail);
    char line[sizeof "refused: rule 255"];
    TextWriter what{line};
    what.text("refused: ");
    if (rule) {
        reported_.rule = static_cast<std::uint32_t>(*rule);
        what.text("rule ").decimal(*reported_.rule);
    }
    console(what.view(), detail);
    if (concerns_security(reason))
        (void)session_->event(now(), proto::EventKind::security, uid_.view(), 0, static_cast<std::int64_t>(reason),
                              detail);
    if (reason == AppReason::fetch_failed) {
        begin_fetch();
        at_ = now() + kRetry;
    }
}

void SmallApp::storage_failed(store::KvError error) {
    refuse(AppReason::out_of_storage, store::text_of(error));
    if (error != store::KvError::Device) return;
    at_ = now() + kRetry;
    step_ = Step::Stored;
}

void SmallApp::begin_fetch() {
    record_bytes_ = 0;
    at_ = {};
    fetched_ = fetch_failed_ = false;
    step_ = Step::FetchManifest;
}

/// In the part of the area that is the stack's at other times; null, and refused, when it cannot be read.
SmallStore* SmallApp::open_store() {
    if (kv_ != nullptr) return kv_;
    const auto at =
        reinterpret_cast<std::uintptr_t>(memory_.kept.data() + memory_.kept.size() + 7) & ~std::uintptr_t{7};
    kv_ = new (reinterpret_cast<void*>(at)) SmallStore{board_.store};
    if (const auto report = kv_->open(); !report) storage_failed(report.error());
    return kv_;
}

void SmallApp::find_stored() {
    step_ = Step::None;
    SmallStore* const kv = open_store();
    if (kv == nullptr) return;
    const MutableBytes out = record();
    const auto size = kv->record(out);
    kv_ = nullptr;
    if (!size && size.error() == store::KvError::Device) return storage_failed(size.error());
    if (!size || *size < 2 || *size > out.size()) {
        if (used_) begin_fetch();
        return;
    }
    const Digest digest = crypto_.sha256(Bytes{out.subspan(1, *size - 1)});
    if (used_ && digest != reported_.manifest) return begin_fetch();
    if (!used_) run_ = SmallStore::runs(out[0]);
    slot_ = SmallStore::slot_of(out[0]);
    reported_.manifest = digest;
    used_ = true;
    record_bytes_ = *size;
    from_store_ = true;
    step_ = Step::Verify;
}

void SmallApp::on_desired(const proto::Desired& desired) {
    linked_ = true;
    if (desired.time_ms > board_.clock.now_ms()) wall_offset_ms_ = desired.time_ms - board_.clock.now_ms();
    bool any = false;
    for (const proto::DesiredApp& item : desired.apps) {
        if (any) break;  // one app; `capacity` says so
        any = true;
        if (used_ && uid_ == item.app && reported_.manifest == item.manifest && run_ == item.run) continue;
        kv_ = nullptr;
        loaded_ = nullptr;
        used_ = true;
        run_ = item.run;
        uid_.assign(item.app);
        reported_.manifest = item.manifest;
        revision_.assign({});
        reported_.restarts = 0;
        reported_.exit_code.reset();
        reported_.trap_function.reset();
        from_store_ = false;
        at_ = {};
        step_ = Step::Stored;
        set(AppState::pending);
    }
    if (!any && used_) {
        loaded_ = nullptr;
        // Not here: under a frame of the gateway there is too little stack for the store.
        kv_ = nullptr;
        used_ = false;
        at_ = {};
        step_ = Step::Remove;
    }
    session_->report_changed();
}

void SmallApp::remove() {
    step_ = Step::None;
    SmallStore* const kv = open_store();
    const bool removed = kv != nullptr && kv->remove();
    kv_ = nullptr;
    console(removed ? "stopped and removed" : "stopped; still stored, the storage failed");
    if (removed) return;
    at_ = now() + kRetry;
    step_ = Step::Remove;
}

void SmallApp::fetch_manifest() {
    if (record_bytes_ == 0) {
        record_bytes_ = 1;
        session_->fetch(reported_.manifest, 0, record().size() - 1);
        return set(AppState::fetching);
    }
    if (fetch_failed_) return refuse(AppReason::fetch_failed, "manifest could not be fetched");
    if (!fetched_) return;
    if (crypto_.sha256(Bytes{record().subspan(1, record_bytes_ - 1)}) != reported_.manifest)
        return refuse(AppReason::bad_digest, "manifest: digest does not match");
    from_store_ = false;
    step_ = Step::Verify;
}

/// Needs the whole stack: the area behind `kept` is given back meanwhile.
void SmallApp::verify() {
    kv_ = nullptr;
    memory_.lend(false);
    const Bytes cose = record().subspan(1, record_bytes_ - 1);
    const auto payload = proto::cose_verify(cose, provision_->manifest_keys, crypto_);
    memory_.lend(true);
    if (!payload) {
        if (payload.error().kind == proto::CoseErrorKind::malformed)
            return refuse(AppReason::malformed_manifest, "manifest is not a COSE_Sign1");
        return refuse(AppReason::bad_signature, payload.error().kind == proto::CoseErrorKind::unknown_key
                                                    ? "manifest is signed by an unknown key"
                                                    : "manifest's signature does not match");
    }
    const auto manifest = proto::decode_manifest(*payload);
    if (!manifest) return refuse(AppReason::malformed_manifest, "manifest is not what manifest.cddl says");
    if (!check(*manifest)) return;
    console("manifest verified");
    step_ = Step::FindModule;
    if (!from_store_) return;
    step_ = SmallStore::runs(record()[0]) != run_ ? Step::Save : run_ ? Step::Load : Step::None;
    if (step_ == Step::None) set(AppState::stopped);
}

bool SmallApp::check(const proto::Manifest& manifest) {
    if (uid_.empty()) uid_.assign(manifest.app_uid);
    if (uid_ != manifest.app_uid) return refuse(AppReason::malformed_manifest, "manifest is for another app"), false;
    const std::string_view name = provision_->name;
    if (!name.empty() && name.substr(0, name.find('/')) != manifest.namespace_name)
        return refuse(AppReason::not_permitted, "manifest is for another namespace"), false;
    if (manifest.language != proto::Language::wasm)
        return refuse(AppReason::unsupported_language, "language is not wasm"), false;
    if (manifest.revision.size() <= 31) revision_.assign(manifest.revision);
    module_ = manifest.module;
    module_bytes_ = static_cast<std::uint32_t>(manifest.module_bytes);
    memory_bytes_ = manifest.limits.memory_bytes.value_or(0);
    stack_bytes_ = manifest.limits.stack_bytes.value_or(0);
    policy_ = manifest.restart.policy;
    restarts_max_ = manifest.restart.restarts_max;
    backoff_ms_ = manifest.restart.backoff_ms;
    leds_ = 0;
    for (const std::string_view text : manifest.permissions) {
        const auto permission = hostapi::split_permission(text);
        if (!permission || permission->kind != hostapi::PermissionKind::Led) continue;
        char digits[10];
        for (std::uint32_t led = 0; led < kLedsMax; ++led) {
            if (permission->covers(TextWriter{digits}.decimal(led).view())) leds_ |= 1U << led;
        }
    }
    return true;
}

void SmallApp::find_module() {
    SmallStore* const kv = open_store();
    if (kv == nullptr) return;
    for (slot_ = 0; slot_ < SmallStore::kSlots; ++slot_) {
        const auto place = kv->module(slot_);
        if (!place || place->bytes != module_bytes_) continue;
        if (stored_digest(place->offset) != module_) continue;
        step_ = Step::Save;
        return;
    }
    const auto slot = kv->free_slot();
    if (!slot) return storage_failed(slot.error());
    slot_ = *slot;
    if (const auto begun = kv->begin(slot_, module_bytes_); !begun) return storage_failed(begun.error());
    hash_ = crypto_.begin_sha256(hash_memory());
    if (hash_ == nullptr) return refuse(AppReason::out_of_memory, "no memory for a hash");
    fetched_ = fetch_failed_ = false;
    session_->fetch(module_, 0, module_bytes_);
    step_ = Step::FetchModule;
}

void SmallApp::finish_module() {
    if (kv_ == nullptr) {
        session_->cancel_fetch();
        return storage_failed(store::KvError::Device);
    }
    if (fetch_failed_) return refuse(AppReason::fetch_failed, "module could not be fetched");
    if (!fetched_) return;
    if (hash_->finish() != module_) return refuse(AppReason::bad_digest, "module: digest does not match");
    if (const auto committed = kv_->commit(); !committed) return storage_failed(committed.error());
    step_ = Step::Save;
}

void SmallApp::save() {
    SmallStore* const kv = open_store();
    if (kv == nullptr) return;
    if (const auto saved = kv->save(record().first(record_bytes_), run_, slot_); !saved)
        return storage_failed(saved.error());
    step_ = run_ ? Step::Load : Step::None;
    set(run_ ? AppState::installing : AppState::stopped);
}

void SmallApp::on_chunk(std::uint64_t offset, std::uint64_t, Bytes data) {
    if (step_ == Step::FetchManifest) {
        const MutableBytes room = record().subspan(1);
        if (offset + data.size() > room.size()) return;  // the session keeps to the limit that fetch() set
        if (!data.empty()) std::memcpy(room.data() + offset, data.data(), data.size());
        record_bytes_ = static_cast<std::uint32_t>(1 + offset + data.size());
    } else if (step_ == Step::FetchModule && kv_ != nullptr) {
        hash_->update(data);
        if (!kv_->append(data)) kv_ = nullptr;  // `finish_module` sees that
    }
}

/// Null when it cannot be read.
std::optional<Digest> SmallApp::stored_digest(std::uint32_t at) {
    Sha256* const hash = crypto_.begin_sha256(hash_memory());
    if (hash == nullptr) return std::nullopt;
    std::uint8_t part[64];
    for (std::uint32_t done = 0; done < module_bytes_;) {
        const std::uint32_t rest = module_bytes_ - done;
        const MutableBytes some{part, rest < sizeof part ? rest : sizeof part};
        if (!board_.store.read(at + done, some)) return std::nullopt;
        hash->update(some);
        done += static_cast<std::uint32_t>(some.size());
    }
    return hash->finish();
}

/// One that was changed or lost is told, and fetched anew.
bool SmallApp::stored_module_is_whole() {
    SmallStore* const kv = open_store();
    if (kv == nullptr) return false;
    const auto place = kv->module(slot_);
    kv_ = nullptr;
    if (!place && place.error() == store::KvError::Device) return storage_failed(place.error()), false;
    if (place && place->bytes == module_bytes_) {
        const std::optional<Digest> digest = stored_digest(place->offset);
        if (!digest) return storage_failed(store::KvError::Device), false;
        module_at_ = place->offset;
        if (*digest == module_) return true;
    }
    refuse(AppReason::corrupt_store, "stored module is damaged");
    at_ = {};
    step_ = record_bytes_ != 0 ? Step::FindModule : Step::Stored;
    return false;
}

Instant SmallApp::poll(Instant now) {
    if (!mine_) return kNever;
    const Step before = step_;
    moved_ = false;
    switch (step_) {
        case Step::None:
            return kNever;
        case Step::Stored:
            if (now < at_) return at_;
            find_stored();
            break;
        case Step::Remove:
            if (now < at_) return at_;
            remove();
            break;
        case Step::FetchManifest:
            if (!linked_) return kNever;
            if (now < at_) return at_;
            fetch_manifest();
            break;
        case Step::Verify:
            verify();
            break;
        case Step::FindModule:
            if (!linked_) return kNever;
            find_module();
            break;
        case Step::FetchModule:
            finish_module();
            break;
        case Step::Save:
            save();
            break;
        case Step::Load:
            if (stored_module_is_whole()) load();
            break;
        case Step::Link:
            if (link()) step_ = Step::Running;
            break;
        case Step::Running:
            return run(now);
        case Step::Asleep:
            if (now < at_) return at_;
            wake();
            return now;
        case Step::Backoff:
            if (now < at_) return at_;
            ++reported_.restarts;
            at_ = {};
            step_ = Step::Load;
            break;
    }
    const bool waits = !moved_ && step_ == before && (step_ == Step::FetchManifest || step_ == Step::FetchModule);
    return waits ? kNever : now;
}

std::span<const proto::ReportedApp> SmallApp::reported() {
    if (!used_ || uid_.empty()) return {};
    reported_.app = uid_.view();
    reported_.detail = detail_.view();
    reported_.revision = revision_.view();
    return {&reported_, 1};
}

}  // namespace wasmbed
