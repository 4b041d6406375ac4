// What a module declares: types, imports, functions, tables, memories, globals, exports and the start function
// (section 5.5).
#include <cstring>

#include "core/wasm/module_loader.hpp"

namespace wasmbed::wasm {

namespace {

// Implementation limits (appendix A.2).
constexpr std::uint32_t kMaxTypes = 0x7fff;
constexpr std::uint32_t kMaxListSlots = 240;  // reachable by slot bytes; and each branch is checked against a list
constexpr std::uint32_t kMaxPages64K = 65536;
[[maybe_unused]] constexpr std::uint8_t kMaxMemories = 255;

}  // namespace

Limits ModuleLoader::limits(bool memory, std::uint8_t& page_log2) {
    const std::uint32_t at = r_.position();
    const std::uint8_t flags = r_.byte();
    constexpr std::uint8_t kHasMax = 1;
    constexpr std::uint8_t kCustomPage = 8;
    if (flags & ~(memory ? kHasMax | kCustomPage : +kHasMax)) r_.fail(Rule::kLimitsFlags, at);
    Limits result;
    result.min = r_.u32();
    result.has_max = flags & kHasMax;
    if (result.has_max) result.max = r_.u32();
    if (flags & kCustomPage) {
        const std::uint32_t page_at = r_.position();
        const std::uint32_t log2 = r_.u32();
        if (log2 >= 32) r_.fail(Rule::kPageSizeTooLarge, page_at);
        if (log2 != 0 && log2 != 16) r_.fail(Rule::kPageSize, page_at);
        page_log2 = static_cast<std::uint8_t>(log2);
    }
    if (memory && page_log2 == 16 && (result.min > kMaxPages64K || (result.has_max && result.max > kMaxPages64K))) {
        r_.fail(Rule::kMemorySize, at);
    }
    if (result.has_max && result.min > result.max) {
        r_.fail(Rule::kMinimumAboveMaximum, at);
    }
    return result;
}

void ModuleLoader::table_type(TableType& type) {
    type.element = static_cast<ValType>(read_reference_type(load_));
    std::uint8_t page = 16;
    type.limits = limits(false, page);
}

/// One that is not the first. Only the first one's type is kept in the image.
void ModuleLoader::another_memory([[maybe_unused]] bool imported, std::uint32_t at) {
#if WASMBED_WASM_MULTI_MEMORY
    if (load_.features.multiple_memories) {
        if (header().memory_count == kMaxMemories) return r_.fail(Rule::kMemories, at);
        ++header().memory_count;
        header().imported_memories = static_cast<std::uint8_t>(header().imported_memories + imported);
        return;
    }
#endif
    r_.fail(Rule::kMultipleMemories, at);
}

void ModuleLoader::memory_type(bool imported) {
    const std::uint32_t at = r_.position();
    std::uint8_t page = 16;
    const Limits l = limits(true, page);
    if (header().memory_count != 0) return another_memory(imported, at);
    header().memory_count = 1;
    header().imported_memories = imported;
    header().memory_min = l.min;
    header().memory_max = l.max;
    header().memory_has_max = l.has_max;
    header().memory_page_log2 = page;
}

GlobalType ModuleLoader::global_type() {
    GlobalType type;
    type.type = static_cast<ValType>(read_value_type(load_));
    const std::uint32_t at = r_.position();
    const std::uint8_t mutability = r_.byte();
    if (mutability > 1) r_.fail(Rule::kMutability, at);
    type.is_mutable = mutability != 0;
    return type;
}

/// Where the type's lists, which end at the position, can be read from now on.
std::uint32_t ModuleLoader::keep_type(std::uint32_t at) {
#if WASMBED_WASM_STREAMED
    const std::uint32_t bytes = r_.position() - at;
    std::uint8_t* const kept = load_.take_image(bytes);
    if (kept == nullptr) return 0;
    if (!copy_bytes(load_.wasm, at, {kept, bytes})) r_.fail(Rule::kUnreadable, at);
    return static_cast<std::uint32_t>(kept - load_.image.data());
#else
    return at;
#endif
}

void ModuleLoader::types() {
    const std::uint32_t n = count(kMaxTypes);
    auto* entries = reinterpret_cast<TypeEntry*>(load_.take_image(n * static_cast<std::uint32_t>(sizeof(TypeEntry))));
    if (entries == nullptr) return;
    header().types_at = static_cast<std::uint32_t>(reinterpret_cast<std::uint8_t*>(entries) - load_.image.data());
    for (std::uint32_t i = 0; i < n && r_.ok(); ++i) {
        const std::uint32_t form_at = r_.position();
        if (r_.byte() != 0x60) return r_.fail(Rule::kIntegerTooLong, form_at);
        const std::uint32_t at = r_.position();
        std::uint32_t hash = 0;
        for (unsigned list = 0; list < 2; ++list) {
            const std::uint32_t list_at = r_.position();
            const std::uint32_t length = count(kMaxIndices);
            std::uint32_t slots = 0;
            for (std::uint32_t k = 0; k < length && r_.ok(); ++k) {
                const std::uint8_t type = read_value_type(load_);
                hash = hash * 31 + type;
                slots += slots_of(type);
            }
            if (slots > kMaxListSlots) return r_.fail(list == 0 ? Rule::kParameters : Rule::kResults, list_at);
            hash = hash * 31;
        }
        if (!r_.ok()) return;
        entries[i] = {keep_type(at), static_cast<std::uint16_t>(i), static_cast<std::uint16_t>(hash ^ hash >> 16)};
        if (!r_.ok()) return;
        const FuncType type = load_.type(i);
        for (std::uint32_t k = 0; k < i; ++k) {
            if (entries[k].hash != entries[i].hash || !same_type(load_.type(k), type)) continue;
            entries[i].canonical = static_cast<std::uint16_t>(k);
            break;
        }
        header().type_count = static_cast<std::uint16_t>(i + 1);
    }
}

void ModuleLoader::imports() {
    header().import_section = r_.position();
    const std::uint32_t n = count(kMaxIndices);
    header().import_count = static_cast<std::uint16_t>(n);
    load_.function_types = extended<std::uint16_t>(nullptr, 0, n);
    load_.table_types = extended<std::uint8_t>(nullptr, 0, n);
    load_.global_types = extended<std::uint8_t>(nullptr, 0, n);
    auto* image_types = reinterpret_cast<std::uint16_t*>(load_.take_image(2 * n));
    if (!r_.ok()) return;
    header().import_types_at =
        static_cast<std::uint32_t>(reinterpret_cast<std::uint8_t*>(image_types) - load_.image.data());
    for (std::uint32_t i = 0; i < n && r_.ok(); ++i) {
        [[maybe_unused]] const std::uint32_t names_at = r_.position();
        (void)r_.skip_name();
        (void)r_.skip_name();
#if WASMBED_WASM_STREAMED
        r_.gather(names_at);  // as linking will want them
#endif
        const std::uint32_t at = r_.position();
        switch (r_.byte()) {
            case 0: {
                const std::uint32_t type = load_.read_type_index();
                if (type == kNone) return;
                image_types[header().function_count] = static_cast<std::uint16_t>(type);
                load_.function_types[header().function_count++] = static_cast<std::uint16_t>(type);
                header().imported_functions = header().function_count;
                break;
            }
            case 1: {
                TableType type;
                table_type(type);
                load_.table_types[header().table_count++] = static_cast<std::uint8_t>(type.element);
                header().imported_tables = header().table_count;
                break;
            }
            case 2:
                memory_type(true);
                break;
            case 3: {
                const GlobalType type = global_type();
                load_.global_types[header().global_count++] = static_cast<std::uint8_t>(
                    static_cast<std::uint8_t>(type.type) | (type.is_mutable ? LoadContext::kMutable : 0));
                header().imported_globals = header().global_count;
                break;
            }
            default:
                return r_.fail(Rule::kImportKind, at);
        }
    }
    // Only functions' types stay in the image: give the rest of the room back.
    load_.image.rewind(header().import_types_at + 2u * header().imported_functions);
}

void ModuleLoader::functions() {
    const std::uint32_t imported = header().function_count;
    const std::uint32_t n = count(kMaxIndices, imported);
    load_.function_types = extended(load_.function_types, imported, imported + n);
    std::uint8_t* offsets = load_.take_image(4 * n);
    if (!r_.ok()) return;
    header().functions_at = static_cast<std::uint32_t>(offsets - load_.image.data());
    for (std::uint32_t i = 0; i < n && r_.ok(); ++i) {
        const std::uint32_t type = load_.read_type_index();
        if (type == kNone) return;
        load_.function_types[imported + i] = static_cast<std::uint16_t>(type);
    }
    load_.function_bodies = n;
    header().function_count = static_cast<std::uint16_t>(imported + n);
}

void ModuleLoader::tables() {
    header().table_section = r_.position();
    const std::uint32_t before = header().table_count;
    const std::uint32_t n = count(kMaxIndices, before);
    load_.table_types = extended(load_.table_types, before, before + n);
    for (std::uint32_t i = 0; i < n && r_.ok(); ++i) {
        TableType type;
        table_type(type);
        load_.table_types[header().table_count++] = static_cast<std::uint8_t>(type.element);
    }
}

void ModuleLoader::memories() {
#if WASMBED_WASM_MULTI_MEMORY
    header().memory_section = r_.position();
#endif
    const std::uint32_t n = count(kMaxIndices);
    for (std::uint32_t i = 0; i < n && r_.ok(); ++i) memory_type(false);
}

void ModuleLoader::globals() {
    header().global_section = r_.position();
    const std::uint32_t before = header().global_count;
    const std::uint32_t n = count(kMaxIndices, before);
    load_.global_types = extended(load_.global_types, before, before + n);
    std::uint32_t defined = before;
    for (std::uint32_t i = 0; i < n && r_.ok(); ++i) {
        const GlobalType type = global_type();
        read_constant(load_, static_cast<std::uint8_t>(type.type));
        load_.global_types[defined++] = static_cast<std::uint8_t>(static_cast<std::uint8_t>(type.type) |
                                                                  (type.is_mutable ? LoadContext::kMutable : 0));
    }
    header().global_count = static_cast<std::uint16_t>(before + n);
}

/// Whether two names, each checked before, are the same.
bool ModuleLoader::same_name(std::uint32_t one, std::uint32_t other) {
    Reader a(load_.wasm);
    Reader b(load_.wasm);
    a.seek(one);
    b.seek(other);
#if WASMBED_WASM_STREAMED
    std::uint32_t left = a.u32();
    if (b.u32() != left) return false;
    for (; left > 0; --left) {
        if (a.byte() != b.byte()) return false;
    }
    return true;
#else
    return a.name() == b.name();
#endif
}

void ModuleLoader::exports() {
    header().export_section = r_.position();
    const std::uint32_t n = count(kMaxIndices);
    header().export_count = static_cast<std::uint16_t>(n);
    const std::uint32_t scratch_used = load_.scratch.used();
    auto* hashes = extended<std::uint32_t>(nullptr, 0, n);
    auto* places = extended<std::uint32_t>(nullptr, 0, n);
    if (!r_.ok()) return;
    for (std::uint32_t i = 0; i < n && r_.ok(); ++i) {
        const std::uint32_t at = r_.position();
        const std::string_view name = r_.name();  // streamed, good until the next read
        std::uint32_t hash = 2166136261u;         // FNV-1a
        for (char c : name) hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619u;
        hashes[i] = hash;
        places[i] = at;
        const std::uint32_t kind_at = r_.position();
        const std::uint8_t kind = r_.byte();
        std::uint32_t index;
        switch (kind) {
            case 0:
                index = load_.read_function();
                if (index != kNone) load_.declare(index);
                break;
            case 1:
                index = load_.read_table();
                break;
            case 2:
                index = load_.read_index(header().memory_count, Rule::kUnknownMemory);
                break;
            case 3:
                index = load_.read_index(header().global_count, Rule::kUnknownGlobal);
                break;
            default:
                return r_.fail(Rule::kExportKind, kind_at);
        }
        if (index == kNone) return;
#if WASMBED_WASM_STREAMED
        r_.gather(at);  // as whoever looks for a name will want it
#endif
        for (std::uint32_t k = 0; k < i; ++k) {
            if (hashes[k] != hash) continue;
            if (same_name(places[k], at)) return r_.fail(Rule::kDuplicateExport, at);
        }
    }
    load_.scratch.rewind(scratch_used);
}

void ModuleLoader::start() {
    const std::uint32_t at = r_.position();
    const std::uint32_t function = load_.read_function();
    if (function == kNone) return;
    const FuncType type = load_.type(load_.type_of_function(function));
    if (!type.params.empty() || !type.results.empty()) return r_.fail(Rule::kStartFunction, at);
    header().start_function = function;
}

}  // namespace wasmbed::wasm
