// From a verified module in the store to an app that runs: translated, linked, given fuel, ended.
#include <new>

#include "core/base/text_writer.hpp"
#include "core/wasm/image.hpp"
#include "core/wasm/reader.hpp"
#include "device/runtime/small/small_host.hpp"
#include "device/runtime/small/small_loaded.hpp"

namespace wasmbed {

using proto::AppReason;
using proto::AppState;

namespace {

constexpr std::int32_t kSliceFuel = 1000;
constexpr std::uint32_t kBackoffMaxMs = 60'000;
/// Frames' bytes when the manifest says nothing, as far as there is room.
constexpr std::uint32_t kStackBytesUsual = 256;

AppReason reason_of(wasm::LoadErrorKind kind) {
    if (kind == wasm::LoadErrorKind::kMalformed) return AppReason::malformed_module;
    return kind == wasm::LoadErrorKind::kNoSpace ? AppReason::out_of_memory : AppReason::invalid_module;
}

/// Where in the module the code of one of its own functions begins (at its locals, as disassemblers show it).
std::uint32_t body_offset(const wasm::Module& module, std::uint32_t function) {
    const wasm::ImageHeader& header = module.header();
    wasm::Reader reader{module.wasm()};
    reader.skip(header.code_section);
    (void)reader.u32();
    for (std::uint32_t i = header.imported_functions; i < function; ++i) reader.skip(reader.u32());
    (void)reader.u32();
    return reader.position();
}

MutableBytes aligned(MutableBytes bytes) {
    const std::size_t skip = (8 - reinterpret_cast<std::uintptr_t>(bytes.data()) % 8) % 8;
    return bytes.subspan(skip < bytes.size() ? skip : bytes.size());
}

}  // namespace

std::size_t SmallApp::app_bytes() const {
    return memory_.area.size() - sizeof(Loaded) - 16;
}

/// Image at the front of the area, the translator's work space at its end; then the instance behind the image.
void SmallApp::load() {
    MutableBytes area = aligned(memory_.area);
    record_bytes_ = 0;  // the record was there
    loaded_ = new (area.data()) Loaded{board_.store, module_at_, module_bytes_};
    area = aligned(area.subspan(sizeof(Loaded)));
    // Which part is short depends on the module: the image's share in sixteenths.
    Result<wasm::Module, wasm::LoadError> translated = fail(wasm::LoadError{});
    for (const unsigned share : {10U, 8U, 12U, 6U}) {
        const std::size_t image = area.size() * share / 16 & ~std::size_t{7};
        translated = wasm::translate(loaded_->window, area.first(image), area.subspan(image));
        if (translated || translated.error().kind() != wasm::LoadErrorKind::kNoSpace) break;
    }
    char line[64];
    if (!translated) {
        const wasm::LoadError& error = translated.error();
        return refuse(reason_of(error.kind()), TextWriter{line}.text(" at offset ").decimal(error.offset).view(),
                      error.rule);
    }
    loaded_->module = *translated;
    console("module verified, bytes of image: ", TextWriter{line}.decimal(translated->image().size()).view());
    step_ = Step::Link;
}

bool SmallApp::link() {
    Loaded& loaded = *loaded_;
    const wasm::Module& module = *loaded.module;
    // Behind the image, which lies in the area too.
    const std::uint8_t* const image_end = module.image().data() + module.image().size();
    const MutableBytes rest = aligned(memory_.area.subspan(static_cast<std::size_t>(image_end - memory_.area.data())));
    char line[96];
    TextWriter detail{line};
    const auto memory = module.memory();
    const std::uint64_t declared = memory ? std::uint64_t{memory->limits.min} << memory->page_log2 : 0;
    const std::uint64_t most = memory_bytes_ != 0 ? memory_bytes_ : declared;
    wasm::InstanceLimits limits;
    limits.stack_bytes = 0;
    const std::uint64_t fixed = wasm::Instance::bytes_needed(module, limits) + (most > declared ? most - declared : 0);
    limits.stack_bytes = stack_bytes_ != 0 ? stack_bytes_ : kStackBytesUsual;
    const std::uint64_t needed = fixed + limits.stack_bytes + 8;
    if (declared > most || needed > rest.size()) {
        detail.text("needs ").decimal(needed).text(" bytes, ").decimal(rest.size()).text(" are free");
        return refuse(AppReason::out_of_memory, detail.view()), false;
    }
    limits.memory_bytes_max = static_cast<std::uint32_t>(most);
    const auto instance = wasm::Instance::create(module, {small_host_functions(*this), {}, {}}, rest, limits);
    if (!instance) {
        const wasm::LinkError& error = instance.error();
        const bool import = error.kind() == wasm::LinkErrorKind::kUnknownImport ||
                            error.kind() == wasm::LinkErrorKind::kIncompatibleType;
        if (import) {
            const wasm::Import what = module.import(error.index);
            detail.text(": ").text(what.module).text(".").text(what.name);
        }
        return refuse(import ? AppReason::unknown_import : AppReason::start_failed, detail.view(), error.rule), false;
    }
    loaded.instance = *instance;
    loaded.in_start_function = module.has_start();
    if (!loaded.in_start_function && !loaded.instance->start("_start", {}))
        return refuse(AppReason::start_failed, "module exports no _start without arguments"), false;
    reported_.exit_code.reset();
    reported_.trap_function.reset();
    reported_.trap_offset.reset();
    set(AppState::running);
    console("running; bytes of memory left: ", TextWriter{line}.decimal(rest.size() - needed).view());
    (void)session_->event(now(), proto::EventKind::app_started, uid_.view(), 0, reported_.restarts, revision_.view());
    return true;
}

wasm::HostResult SmallApp::sleep_until(Instant at) {
    step_ = Step::Asleep;
    at_ = at;
    return wasm::HostResult::suspend();
}

void SmallApp::wake() {
    const std::uint32_t result[] = {0};
    step_ = Step::Running;
    (void)loaded_->instance->complete(result);
}

Instant SmallApp::run(Instant now) {
    board_.reset.note_task(uid_.view());
    const wasm::Outcome outcome = loaded_->instance->run(kSliceFuel);
    board_.reset.note_task({});
    if (std::holds_alternative<wasm::Done>(outcome)) {
        if (loaded_->in_start_function) {
            loaded_->in_start_function = false;
            if (!loaded_->instance->start("_start", {}))
                refuse(AppReason::start_failed, "module exports no _start without arguments");
        } else {
            reported_.exit_code = 0;
            ended(true, now);
        }
    } else if (const wasm::Trap* trap = std::get_if<wasm::Trap>(&outcome)) {
        if (trap->kind == wasm::TrapKind::kHost && trap->host_code == kSmallExitTrap && reported_.exit_code) {
            ended(*reported_.exit_code == 0, now);
        } else {
            reported_.trap_function = trap->function;
            reported_.trap_offset = body_offset(*loaded_->module, trap->function);
            detail_.assign(wasm::text_of(trap->kind));
            ended(false, now);
        }
    }
    return now;
}

/// By the manifest's restart policy: what is reported, and whether it starts again.
void SmallApp::ended(bool success, Instant now) {
    loaded_ = nullptr;
    step_ = Step::None;
    const bool trapped = reported_.trap_function.has_value();
    const AppReason reason = trapped ? AppReason::trap : success ? AppReason::none : AppReason::exit;
    const FixedString<39> what = trapped ? detail_ : FixedString<39>{};
    console(trapped ? "trap: " : success ? "completed" : "exited with an error", what.view());
    (void)session_->event(this->now(), proto::EventKind::app_stopped, uid_.view(), 0, reported_.exit_code.value_or(-1),
                          what.view());
    const bool again =
        policy_ == proto::RestartPolicy::always || (policy_ == proto::RestartPolicy::on_failure && !success);
    if (again && restarts_max_ != 0 && reported_.restarts >= restarts_max_)
        return set(success ? AppState::completed : AppState::failed, AppReason::restart_limit, what.view());
    if (!again) return set(success ? AppState::completed : AppState::failed, reason, what.view());
    std::uint64_t pause = std::uint64_t{backoff_ms_} << (reported_.restarts < 16 ? reported_.restarts : 16);
    const std::uint32_t most = backoff_ms_ > kBackoffMaxMs ? backoff_ms_ : kBackoffMaxMs;
    if (pause > most) pause = most;
    at_ = now + Duration{pause};
    step_ = Step::Backoff;
    set(AppState::backoff, reason, what.view());
}

}  // namespace wasmbed
