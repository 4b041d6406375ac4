// `wasmbed wasm run`.
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <ostream>
#include <thread>

#include "core/hostapi/host_functions.hpp"
#include "core/wasm/backtrace.hpp"
#include "host/cli/wasm/loaded_module.hpp"
#include "host/cli/wasm/plain_host.hpp"
#include "host/cli/wasm/sections.hpp"
#include "host/cli/wasm/tools.hpp"
#include "host/cli/wasm/values.hpp"

namespace wasmbed::wasm_tools {
namespace {

constexpr std::uint64_t kMemoryBytesMax = std::uint64_t{1}
                                          << 28;  // room for memory.grow, and the most that may be declared
constexpr wasm::InstanceLimits kLimits{
    .memory_bytes_max = kMemoryBytesMax, .stack_bytes = 1 << 20, .table_entries_max = 4096};
constexpr std::uint32_t kFramesMax = 16;  // of a trap's backtrace that are printed
constexpr std::int32_t kSliceFuel = 10'000'000;

/// Why an import cannot be had here; empty if it can.
std::string refusal(const wasm::Import& import, const PlainHost& host) {
    const std::string name = fmt::format("import {}.{}", import.module, import.name);
    if (import.kind != wasm::ExternKind::kFunction) return name + ": only functions are offered here";
    for (const wasm::HostFunction& function : host.functions()) {
        if (function.module != import.module || function.name != import.name) continue;
        if (wasm::same_type(function.type, import.function)) return "";
        return fmt::format("{} has type {}, but {} is offered", name, text_of(import.function), text_of(function.type));
    }
    const hostapi::HostFunction* row = hostapi::find_host_function(import.module, import.name);
    if (row == nullptr) return name + " is unknown, here and on devices";
    const std::string_view permission = hostapi::grammar_of(row->permission);
    if (permission.empty()) return name + " is offered by devices only";
    return fmt::format("{} needs a device and a permission ({})", name, permission);
}

class Runner {
  public:
    Runner(const RunOptions& options, const LoadedModule& loaded, std::ostream& out, std::ostream& err)
        : options_(options),
          loaded_(loaded),
          out_(out),
          err_(err),
          host_(command_line(options), out, err),
          fuel_left_(options.fuel) {}

    int run() {
        const std::string name = options_.invoke.empty() ? "_start" : options_.invoke;
        const auto found = loaded_.module.find_export(name);
        if (!found || found->kind != wasm::ExternKind::kFunction) return refuse(no_function(name));
        const wasm::FuncType type = loaded_.module.function_type(found->index);
        std::vector<std::uint32_t> arguments;
        if (!parse_arguments(name, type, arguments) || !instantiate()) return 1;
        if (instance_->busy()) {  // the module's start function comes first
            if (const auto status = finish(run_to_end(), {})) return *status;
        }
        const auto started = instance_->start(name, arguments);
        if (!started)
            return refuse(name + " needs more than " + std::to_string(kLimits.stack_bytes) + " bytes of stack");
        return finish(run_to_end(), type.results).value_or(0);
    }

  private:
    static std::vector<std::string> command_line(const RunOptions& options) {
        std::vector<std::string> words{options.file.filename().string()};
        if (options.invoke.empty()) words.insert(words.end(), options.args.begin(), options.args.end());
        return words;
    }

    int refuse(const std::string& why) {
        err_ << "error: " << options_.file.string() << ": " << why << std::endl;
        return 1;
    }

    std::string no_function(const std::string& name) const {
        std::string text = "there is no exported function " + name + "; there is";
        bool any = false;
        for (std::uint32_t i = 0; i < loaded_.module.export_count(); ++i) {
            const wasm::Export found = loaded_.module.export_at(i);
            if (found.kind != wasm::ExternKind::kFunction) continue;
            text += (any ? ", " : ": ") + std::string(found.name);
            any = true;
        }
        return any ? text + " (--invoke)" : text + " none at all";
    }

    bool parse_arguments(const std::string& name, const wasm::FuncType& type, std::vector<std::uint32_t>& slots) {
        const bool command = options_.invoke.empty();
        const std::size_t given = command ? 0 : options_.args.size();
        if (given != type.params.size()) {
            refuse(fmt::format("{} is {}: {} arguments, not {}", name, text_of(type), type.params.size(), given));
            return false;
        }
        for (std::size_t i = 0; i < given; ++i) {
            const auto parsed = parse_value(type.params[i], options_.args[i], slots);
            if (parsed) continue;
            refuse(fmt::format("argument {} of {}: {}", i + 1, name, parsed.error()));
            return false;
        }
        return true;
    }

    bool instantiate() {
        for (std::uint32_t i = 0; i < loaded_.module.import_count(); ++i) {
            const std::string why = refusal(loaded_.module.import(i), host_);
            if (!why.empty()) return refuse(why), false;
        }
        const std::uint64_t needed = wasm::Instance::bytes_needed(loaded_.module, kLimits);
        if (needed > 2 * kMemoryBytesMax) {
            refuse(fmt::format("an instance takes {} bytes; here it is {} at most", needed, 2 * kMemoryBytesMax));
            return false;
        }
        arena_.emplace(needed + kMemoryBytesMax);
        const auto created =
            wasm::Instance::create(loaded_.module, {host_.functions(), {}, {}}, arena_->span(), kLimits);
        if (!created) {
            refuse(fmt::format("not instantiated: {} (import or segment {})", wasm::text_of(created.error().rule),
                               created.error().index));
            return false;
        }
        instance_ = *created;
        return true;
    }

    wasm::Outcome run_to_end() {
        while (true) {
            const std::int32_t slice =
                fuel_left_ ? static_cast<std::int32_t>(std::min<std::uint64_t>(*fuel_left_, kSliceFuel)) : kSliceFuel;
            const wasm::Outcome outcome = instance_->run(slice);
            spend(slice);
            if (std::holds_alternative<wasm::Suspended>(outcome)) {
                std::this_thread::sleep_until(host_.wake_at());
                const std::uint32_t slept[] = {0};
                if (!instance_->complete(slept)) return outcome;
                continue;
            }
            if (!std::holds_alternative<wasm::OutOfFuel>(outcome)) return outcome;
            if (fuel_left_ && *fuel_left_ == 0) return outcome;
        }
    }

    void spend(std::int32_t slice) {
        if (!fuel_left_) return;
        const auto spent = static_cast<std::uint64_t>(std::int64_t{slice} - std::max(instance_->fuel_left(), 0));
        *fuel_left_ -= std::min(*fuel_left_, spent);
    }

    /// Says how it ended. Empty if it returned and the next call may follow.
    std::optional<int> finish(const wasm::Outcome& outcome, Bytes results) {
        if (const auto* trap = std::get_if<wasm::Trap>(&outcome)) return trapped(*trap);
        const auto* done = std::get_if<wasm::Done>(&outcome);
        if (done == nullptr) return refuse(fmt::format("out of fuel after {} units", options_.fuel.value_or(0)));
        std::span<const std::uint32_t> slots = done->results;
        for (const std::uint8_t type : results) {
            out_ << text_of_value(type, slots) << '\n';
            slots = slots.subspan(wasm::slots_of(type));
        }
        out_.flush();
        return std::nullopt;
    }

    int trapped(const wasm::Trap& trap) {
        if (trap.kind == wasm::TrapKind::kHost) return static_cast<int>(host_.exit_code() & 0xff);
        std::string text = fmt::format("trap: {} in ", wasm::text_of(trap.kind));
        std::array<wasm::Frame, kFramesMax> frames;
        const std::uint32_t count = wasm::backtrace(*instance_, frames);
        text += place({trap.instance, trap.function, trap.code_offset});
        for (std::uint32_t i = 1; i < count && i < kFramesMax; ++i) text += "\n  called by " + place(frames[i]);
        if (count > kFramesMax) text += fmt::format("\n  and {} more", count - kFramesMax);
        return refuse(text);
    }

    std::string place(const wasm::Frame& frame) const {
        std::string text = fmt::format("function {}", frame.function);
        const std::string name = function_name(loaded_.bytes, frame.function);
        if (!name.empty()) text += " (" + name + ")";
        if (const auto at = loaded_.locate(frame.code_offset)) text += fmt::format(" at byte {} (0x{:x})", *at, *at);
        return text;
    }

    const RunOptions& options_;
    const LoadedModule& loaded_;
    std::ostream& out_;
    std::ostream& err_;
    PlainHost host_;
    std::optional<Area> arena_;
    wasm::Instance* instance_ = nullptr;
    std::optional<std::uint64_t> fuel_left_;
};

}  // namespace

int run(const RunOptions& options, std::ostream& out, std::ostream& err) {
    const auto loaded = load_file(options.file);
    if (!loaded) {
        err << "error: " << loaded.error() << std::endl;
        return 1;
    }
    return Runner(options, *loaded, out, err).run();
}

}  // namespace wasmbed::wasm_tools
