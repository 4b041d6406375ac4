#include "services/controller/module_check.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "core/hostapi/host_functions.hpp"
#include "core/wasm/module.hpp"

namespace wasmbed::controller {
namespace {

/// Bounds of the work areas per byte of module. `wasm::measure` believes the counts in section headers, and those may
/// be lies; an honest module never needs this much (a function of two bytes has an entry of some 30, a byte of code
/// becomes 32 at most).
constexpr std::size_t kImageFactor = 64;
constexpr std::size_t kScratchFactor = 16;
constexpr std::size_t kAreaBytesLeast = 64 * 1024;

std::size_t area_bytes(std::uint32_t wanted, std::size_t module_bytes, std::size_t factor) {
    return std::min<std::size_t>(wanted, factor * module_bytes + kAreaBytesLeast);
}

auto problem(const wasm::LoadError& error) {
    std::string message = std::string("module: ") + wasm::text_of(error.rule);
    if (error.index != wasm::LoadError::kNoIndex && error.kind() != wasm::LoadErrorKind::kNoSpace) {
        message += " " + std::to_string(error.index);
    }
    message += ", at byte " + std::to_string(error.offset);
    switch (error.kind()) {
        case wasm::LoadErrorKind::kMalformed:
            return spec_problem("MalformedModule", message);
        case wasm::LoadErrorKind::kLimit:
            return spec_problem("InvalidModule", message + " (a limit of the engine)");
        case wasm::LoadErrorKind::kNoSpace:
            return spec_problem("InvalidModule", message + " (deeper than devices translate)");
        case wasm::LoadErrorKind::kInvalid:
            break;
    }
    return spec_problem("InvalidModule", message);
}

std::string type_text(Bytes params, Bytes results) {
    auto list = [](Bytes types) {
        std::string out;
        for (const std::uint8_t type : types) {
            const auto value = static_cast<wasm::ValType>(type);
            out += out.empty() ? "" : ", ";
            out += value == wasm::ValType::kI32       ? "i32"
                   : value == wasm::ValType::kI64     ? "i64"
                   : value == wasm::ValType::kF32     ? "f32"
                   : value == wasm::ValType::kF64     ? "f64"
                   : value == wasm::ValType::kFuncref ? "funcref"
                                                      : "externref";
        }
        return out;
    };
    return "(" + list(params) + ") -> (" + list(results) + ")";
}

/// The type behind a signature of the table, "(iiI)i".
std::string type_text(std::string_view signature) {
    std::vector<std::uint8_t> params, results;
    bool in_results = false;
    for (const char c : signature) {
        if (c == ')') in_results = true;
        if (c != 'i' && c != 'I') continue;
        const auto type = static_cast<std::uint8_t>(c == 'i' ? wasm::ValType::kI32 : wasm::ValType::kI64);
        (in_results ? results : params).push_back(type);
    }
    return type_text(params, results);
}

bool grants_any(const fleet::Application& app, hostapi::PermissionKind kind) {
    return kind == hostapi::PermissionKind::None || std::ranges::any_of(app.permissions, [&](const std::string& text) {
               const auto permission = hostapi::parse_permission(text);
               return permission && permission->kind == kind;
           });
}

Result<void, SpecProblem> check_import(const wasm::Import& import, const fleet::Application& app) {
    const std::string name = std::string(import.module) + "." + std::string(import.name);
    const hostapi::HostFunction* offered = hostapi::find_host_function(import.module, import.name);
    if (import.kind != wasm::ExternKind::kFunction || offered == nullptr) {
        const char* kind = import.kind == wasm::ExternKind::kFunction ? "" : ", which is no function,";
        return spec_problem("UnknownImport",
                            "module imports " + name + kind + " and devices offer nothing of that name");
    }
    const std::string has = type_text(import.function.params, import.function.results);
    const std::string wants = type_text(hostapi::signature_of(offered->id));
    if (has != wants) {
        return spec_problem("UnknownImport",
                            "module imports " + name + " as " + has + "; devices offer it as " + wants);
    }
    if (!grants_any(app, offered->permission)) {
        return spec_problem("NotPermitted", "module imports " + name + ", and spec.permissions has no " +
                                                std::string(hostapi::grammar_of(offered->permission)));
    }
    return {};
}

Result<void, SpecProblem> check_start(const wasm::Module& module) {
    const std::optional<wasm::Export> start = module.find_export("_start");
    if (!start || start->kind != wasm::ExternKind::kFunction) {
        return spec_problem("InvalidModule", "module exports no function _start; a program has one");
    }
    const wasm::FuncType type = module.function_type(start->index);
    if (type.params.empty()) return {};
    return spec_problem("InvalidModule",
                        "module's _start has type " + type_text(type.params, type.results) + "; it must take nothing");
}

std::uint64_t declared_memory(const wasm::Module& module) {
    const std::optional<wasm::MemoryType> memory = module.memory();
    return memory ? std::uint64_t{memory->limits.min} << memory->page_log2 : 0;
}

Result<void, SpecProblem> check_memory(const wasm::Module& module, const fleet::Application& app) {
    const std::uint64_t declared = declared_memory(module);
    if (!app.limits.memory || std::cmp_less_equal(declared, *app.limits.memory)) return {};
    return spec_problem("OutOfMemory", "module declares " + std::to_string(declared) +
                                           " bytes of memory, limits.memory is " + std::to_string(*app.limits.memory) +
                                           ": " +
                                           std::to_string(declared - static_cast<std::uint64_t>(*app.limits.memory)) +
                                           " bytes are missing");
}

}  // namespace

Result<std::uint64_t, SpecProblem> check_module(Bytes module, const fleet::Application& app) {
    const auto needs = wasm::measure(module);
    if (!needs) return problem(needs.error());
    std::vector<std::uint8_t> image(area_bytes(needs->image_bytes, module.size(), kImageFactor));
    std::vector<std::uint8_t> scratch(area_bytes(needs->scratch_bytes, module.size(), kScratchFactor));
    const auto translated = wasm::translate(module, image, scratch);
    if (!translated) return problem(translated.error());

    for (std::uint32_t i = 0; i < translated->import_count(); ++i) {
        if (auto import = check_import(translated->import(i), app); !import) return fail(import.error());
    }
    if (auto start = check_start(*translated); !start) return fail(start.error());
    if (auto memory = check_memory(*translated, app); !memory) return fail(memory.error());
    return declared_memory(*translated);
}

}  // namespace wasmbed::controller
