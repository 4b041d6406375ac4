// From verified bytes to an instance: module into the app's block, translated, its imports checked and linked.
#include <algorithm>
#include <cstring>
#include <new>

#include "core/base/text_writer.hpp"
#include "device/runtime/apps/app_manager.hpp"

namespace wasmbed::apps {
namespace {

using proto::AppReason;

/// Bytes of guest frames when the manifest says nothing (manifest.cddl).
constexpr std::uint32_t kStackBytesDefault = 4096;
/// `measure` counts on functions that nest as deep as most do. For others there is more work space at the next try.
constexpr int kTranslationsMax = 3;
constexpr std::size_t kMoreScratch = 3;

AppReason reason_of(wasm::LoadErrorKind kind) {
    switch (kind) {
        case wasm::LoadErrorKind::kMalformed:
            return AppReason::malformed_module;
        case wasm::LoadErrorKind::kNoSpace:
            return AppReason::out_of_memory;
        case wasm::LoadErrorKind::kInvalid:
        case wasm::LoadErrorKind::kLimit:
            break;
    }
    return AppReason::invalid_module;
}

AppReason reason_of(wasm::LinkErrorKind kind) {
    switch (kind) {
        case wasm::LinkErrorKind::kUnknownImport:
        case wasm::LinkErrorKind::kIncompatibleType:
            return AppReason::unknown_import;
        case wasm::LinkErrorKind::kNoSpace:
            return AppReason::out_of_memory;
        case wasm::LinkErrorKind::kTrap:
            break;
    }
    return AppReason::start_failed;
}

/// Memory that the module declares, bytes.
std::uint64_t declared_memory(const wasm::Module& module) {
    const std::optional<wasm::MemoryType> memory = module.memory();
    return memory ? std::uint64_t{memory->limits.min} << memory->page_log2 : 0;
}

}  // namespace

/// Block: LoadedApp | COSE_Sign1 | module | image | instance. All of the largest gap is used while installing, then cut
/// to what is needed.
void AppManager::load(App& app) {
    const std::size_t cose_bytes = installation_.record_bytes - 1;
    const auto module_bytes = static_cast<std::size_t>(installation_.manifest.module_bytes);
    const std::size_t cose_at = align_up(sizeof(LoadedApp));
    const std::size_t module_at = align_up(cose_at + cose_bytes);
    const std::size_t image_at = align_up(module_at + module_bytes);

    installation_.gap = arena_.largest_gap();
    char line[96];
    if (image_at > installation_.gap.size()) {
        TextWriter detail{line};
        detail.text("module needs ")
            .decimal(image_at)
            .text(" bytes, ")
            .decimal(installation_.gap.size())
            .text(" are free");
        return refuse(app, AppReason::out_of_memory, detail.view());
    }
    const MutableBytes module = installation_.gap.subspan(module_at, module_bytes);
    const AppStore::Key key = AppStore::module_key(app.module);
    const auto size = store_.kv().get(key, module);
    const bool corrupt = !size || *size != module_bytes;
    if (corrupt || parts_.crypto.sha256(module) != app.module) {
        (void)store_.kv().remove(key);
        return damaged(app, corrupt ? AppReason::corrupt_store : AppReason::bad_digest, "stored module");
    }
    say(LogLevel::info, app, "module verified, ", TextWriter{line}.decimal(module_bytes).view(), " bytes");

    const MutableBytes cose = installation_.gap.subspan(cose_at, cose_bytes);
    std::memcpy(cose.data(), parts_.workspace.data() + 1, cose_bytes);
    // Both were verified in the workspace; here they are only decoded again, so that the views point into the block.
    const auto manifest =
        proto::decode_manifest(Bytes{cose}.subspan(installation_.payload_at, installation_.payload_bytes));
    app.loaded = new (installation_.gap.data()) LoadedApp{};
    if (manifest) app.loaded->manifest = *manifest;
    installation_.used = image_at;
    (void)arena_.take(index_of(app), installation_.gap, installation_.gap.size());
    installation_.step = Step::Translate;
}

void AppManager::refuse(App& app, const wasm::LoadError& error) {
    char line[48];
    TextWriter detail{line};
    detail.text(" at offset ").decimal(error.offset);
    const bool names_index = error.kind() != wasm::LoadErrorKind::kNoSpace;  // else it is the size of the area
    if (names_index && error.index != wasm::LoadError::kNoIndex) detail.text(", index ").decimal(error.index);
    refuse(app, reason_of(error.kind()), detail.view(), error.rule);
}

/// The image grows from the front of what is left, the translator's work space lies at its end.
void AppManager::translate(App& app) {
    const auto module_bytes = static_cast<std::size_t>(installation_.manifest.module_bytes);
    const Bytes module = installation_.gap.subspan(installation_.used - align_up(module_bytes), module_bytes);
    const MutableBytes rest = installation_.gap.subspan(installation_.used);
    const auto needs = wasm::measure(module);
    if (!needs) return refuse(app, needs.error());
    std::size_t scratch = align_up(needs->scratch_bytes);
    Result<wasm::Module, wasm::LoadError> translated = fail(wasm::LoadError{});
    for (int attempt = 0; attempt < kTranslationsMax; ++attempt) {
        scratch = std::min(scratch, rest.size() & ~std::size_t{7});
        translated = wasm::translate(module, rest.first(rest.size() - scratch), rest.last(scratch));
        if (translated || translated.error().rule != wasm::Rule::kScratchArea) break;
        scratch *= kMoreScratch;
    }
    if (!translated) return refuse(app, translated.error());
    app.loaded->module = *translated;
    installation_.used += align_up(translated->image().size());
    installation_.step = Step::Link;
}

/// Every import must be a host function, and the manifest must permit it.
bool AppManager::check_imports(App& app, const LoadedApp& loaded) {
    for (std::uint32_t i = 0; i < loaded.module->import_count(); ++i) {
        const wasm::Import import = loaded.module->import(i);
        char line[120];
        TextWriter detail{line};
        detail.text(import.module).text(".").text(import.name);
        const hostapi::HostFunction* function = hostapi::find_host_function(import.module, import.name);
        if (import.kind != wasm::ExternKind::kFunction || function == nullptr) {
            detail.text(" is not offered by this device");
            return refuse(app, AppReason::unknown_import, detail.view()), false;
        }
        if (!grants_any(loaded.manifest, function->permission)) {
            detail.text(" needs permission ").text(hostapi::name_of(function->permission)).text(":...");
            return refuse(app, AppReason::not_permitted, detail.view()), false;
        }
    }
    return true;
}

void AppManager::link(App& app, Instant now) {
    LoadedApp& loaded = *app.loaded;
    if (!check_imports(app, loaded)) return;
    char line[120];
    TextWriter detail{line};
    if (!loaded.module->find_export("_start")) return refuse(app, AppReason::start_failed, "module exports no _start");

    const std::uint64_t declared = declared_memory(*loaded.module);
    const std::uint64_t memory_max = loaded.manifest.limits.memory_bytes.value_or(
        static_cast<std::uint32_t>(std::min<std::uint64_t>(declared, UINT32_MAX)));
    if (declared > memory_max) {
        detail.text("module declares ").decimal(declared).text(" bytes of memory, the limit is ").decimal(memory_max);
        return refuse(app, AppReason::out_of_memory, detail.view());
    }
    loaded.limits.memory_bytes_max = static_cast<std::uint32_t>(memory_max);
    loaded.limits.stack_bytes = loaded.manifest.limits.stack_bytes.value_or(kStackBytesDefault);
    const std::uint64_t needed = wasm::Instance::bytes_needed(*loaded.module, loaded.limits) + (memory_max - declared);
    const std::size_t room = installation_.gap.size() - installation_.used;
    if (needed > room) {
        detail.text("needs ").decimal(needed).text(" bytes, ").decimal(room).text(" are free");
        return refuse(app, AppReason::out_of_memory, detail.view());
    }
    loaded.instance_area = installation_.gap.subspan(
        installation_.used,
        align_up(static_cast<std::size_t>(needed)) > room ? room : align_up(static_cast<std::size_t>(needed)));
    arena_.free(index_of(app));
    (void)arena_.take(index_of(app), installation_.gap, installation_.used + loaded.instance_area.size());
    app.needs_install = false;
    if (instantiate(app, now)) end_installation();
}

/// Makes a fresh instance, at the first start and at each restart. False: refused.
bool AppManager::instantiate(App& app, Instant now) {
    LoadedApp& loaded = *app.loaded;
    const wasm::Linker linker{host_table_.functions(), {}, {}};
    const auto instance = wasm::Instance::create(*loaded.module, linker, loaded.instance_area, loaded.limits);
    if (!instance) {
        const wasm::LinkError& error = instance.error();
        char line[120];
        TextWriter detail{line};
        if (error.kind() == wasm::LinkErrorKind::kUnknownImport ||
            error.kind() == wasm::LinkErrorKind::kIncompatibleType) {
            const wasm::Import import = loaded.module->import(error.index);
            detail.text(": ").text(import.module).text(".").text(import.name);
        }
        refuse(app, reason_of(error.kind()), detail.view(), error.rule);
        return false;
    }
    loaded.instance = *instance;
    loaded.in_start_function = loaded.module->has_start();
    return begin(app, now);
}

}  // namespace wasmbed::apps
