// The sections of a module (section 5.5), in their order.
#include <cstring>

#include "core/wasm/module.hpp"
#include "core/wasm/module_loader.hpp"
#include "core/wasm/ops.hpp"

namespace wasmbed::wasm {

namespace {

// Implementation limits (appendix A.2); indices of translated code have 16 bits.
constexpr std::uint32_t kMaxTypes = 0x7fff;
constexpr std::uint32_t kMaxIndices = 0xfff0;
constexpr std::uint32_t kMaxPages64K = 65536;
[[maybe_unused]] constexpr std::uint8_t kMaxMemories = 255;

/// Place of a section in the required order; the data count stands between elements and code.
unsigned rank(std::uint8_t id) {
    if (id == kDataCount) return kElement * 2 + 1;
    return id * 2u;
}

}  // namespace

/// Reads the length of a vector whose elements take at least a byte each.
std::uint32_t ModuleLoader::count(std::uint32_t max, std::uint32_t already) {
    const std::uint32_t at = r_.position();
    const std::uint32_t n = r_.u32();
    if (r_.ok() && n > r_.left()) {
        r_.fail(r_.end() == load_.wasm.size() ? Rule::kUnexpectedEnd : Rule::kUnexpectedEndOfPart, at);
        return 0;
    }
    if (r_.ok() && std::uint64_t{n} + already > max) {
        r_.fail(Rule::kSectionEntries, at);
        return 0;
    }
    return r_.ok() ? n : 0;
}

/// A copy of an array in scratch with room for more at its end; null after a failure.
std::uint8_t* ModuleLoader::extended_bytes(const void* old, std::uint32_t old_bytes, std::uint32_t new_bytes) {
    std::uint8_t* const fresh = load_.take_scratch(new_bytes);
    if (fresh != nullptr && old_bytes != 0) std::memcpy(fresh, old, old_bytes);
    return fresh;
}

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
            const std::uint32_t length = count(kMaxIndices);
            for (std::uint32_t k = 0; k < length && r_.ok(); ++k) hash = hash * 31 + read_value_type(load_);
            hash = hash * 31;
        }
        if (!r_.ok()) return;
        entries[i] = {keep_type(at), static_cast<std::uint16_t>(i), static_cast<std::uint16_t>(hash ^ hash >> 16)};
        if (!r_.ok()) return;
        const FuncType type = load_.type(i);
        for (std::uint32_t k = 0; k < i; ++k) {
            if (entries[k].reserved != entries[i].reserved || !same_type(load_.type(k), type)) continue;
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

/// The items of an element segment given as function indices.
void ModuleLoader::indices(std::uint32_t segment, std::uint8_t type) {
    load_.element_types[segment] = type;
    const std::uint32_t n = count(0xffffffff);
    for (std::uint32_t i = 0; i < n && r_.ok(); ++i) {
        const std::uint32_t function = load_.read_function();
        if (function == kNone) return;
        load_.declare(function);
    }
}

// Section 5.5.12: bit 0 passive or declarative, bit 1 explicit table (or declarative), bit 2 expressions instead of
// indices.
void ModuleLoader::element(std::uint32_t index) {
    const std::uint32_t at = r_.position();
    const std::uint32_t flags = r_.u32();
    if (flags > 7) return r_.fail(Rule::kElementsKind, at);
    std::uint8_t type = static_cast<std::uint8_t>(ValType::kFuncref);
    std::uint32_t table = 0;
    const bool active = !(flags & 1);
    std::uint32_t table_at = at;  // without an index it is the kind that says which
    if (active) {
        if (flags & 2) {
            table_at = r_.position();
            table = r_.u32();
        }
        if (table >= header().table_count) return r_.fail(Rule::kUnknownTable, table_at, table);
        read_constant(load_, static_cast<std::uint8_t>(ValType::kI32));
    }
    if (flags & 3) {
        if (flags & 4) {
            type = read_reference_type(load_);
        } else {
            const std::uint32_t kind_at = r_.position();
            if (r_.byte() != 0) r_.fail(Rule::kElementKind, kind_at);
        }
    }
    if (active && load_.table_types[table] != type) return r_.fail(Rule::kTypeMismatch, table_at);
    if (!(flags & 4)) return indices(index, type);
    load_.element_types[index] = type;
    const std::uint32_t n = count(0xffffffff);
    for (std::uint32_t i = 0; i < n && r_.ok(); ++i) read_constant(load_, type);
}

void ModuleLoader::elements() {
    header().element_section = r_.position();
    const std::uint32_t n = count(kMaxIndices);
    load_.element_types = extended<std::uint8_t>(nullptr, 0, n);
    std::uint8_t* offsets = load_.take_image(4 * n);
    if (!r_.ok()) return;
    const auto at = static_cast<std::uint32_t>(offsets - load_.image.data());
    header().functions_at = at - 4 * load_.function_bodies;  // which has its place there if there are no functions too
    for (std::uint32_t i = 0; i < n && r_.ok(); ++i) {
        reinterpret_cast<std::uint32_t*>(offsets)[i] = r_.position();
        element(i);
    }
    header().element_count = static_cast<std::uint16_t>(n);
}

void ModuleLoader::begin_code() {
    header().code_section = r_.position();
    code_seen_ = true;
    const std::uint32_t at = r_.position();
    bodies_end_ = r_.u32();
    if (r_.ok() && bodies_end_ != load_.function_bodies) r_.fail(Rule::kCodeLengths, at);
}

void ModuleLoader::body() {
    const std::uint32_t size_at = r_.position();
    const std::uint32_t size = r_.u32();
    if (size > r_.left()) return r_.fail(Rule::kLengthOutOfBounds, size_at);
    const std::uint32_t end = r_.position() + size;
    const std::uint32_t outer = r_.narrow(end);
    translate_function(load_, header().imported_functions + next_body_++);
    if (r_.position() != end) r_.fail(Rule::kSectionSize, r_.position());
    r_.widen(outer);
}

void ModuleLoader::code() {
    begin_code();
    while (bodies_left()) body();
}

void ModuleLoader::data() {
    header().data_section = r_.position();
    data_seen_ = true;
    const std::uint32_t at = r_.position();
    const std::uint32_t n = count(kMaxIndices);
    if (r_.ok() && load_.declared_data != kNone && load_.declared_data != n) {
        return r_.fail(Rule::kDataLengths, at);
    }
    std::uint8_t* offsets = load_.take_image(4 * n);
    if (offsets == nullptr) return;
    header().data_at = static_cast<std::uint32_t>(offsets - load_.image.data());
    header().data_count = static_cast<std::uint16_t>(n);
    for (std::uint32_t i = 0; i < n && r_.ok(); ++i) {
        const std::uint32_t segment_at = r_.position();
        reinterpret_cast<std::uint32_t*>(offsets)[i] = segment_at;
        const std::uint32_t flags = r_.u32();
        if (flags > 2) return r_.fail(Rule::kDataKind, segment_at);
        if (flags == 2) {
            if (load_.read_index(header().memory_count, Rule::kUnknownMemory) == kNone) return;
        }
        if (flags != 1) {
            if (header().memory_count == 0) return r_.fail(Rule::kUnknownMemory, segment_at, 0);
            read_constant(load_, static_cast<std::uint8_t>(ValType::kI32));
        }
        r_.skip(r_.u32());
    }
}

void ModuleLoader::custom() {
    r_.skip_name();
    r_.skip(r_.left());
}

void ModuleLoader::section(SectionId id) {
    switch (id) {
        case kCustom:
            return custom();
        case kType:
            return types();
        case kImport:
            return imports();
        case kFunction:
            return functions();
        case kTable:
            return tables();
        case kMemory:
            return memories();
        case kGlobal:
            return globals();
        case kExport:
            return exports();
        case kStart:
            return start();
        case kElement:
            return elements();
        case kDataCount:
            load_.declared_data = r_.u32();
            return;
        case kCode:
            return code();
        default:
            return data();
    }
}

void ModuleLoader::begin() {
    auto* head = reinterpret_cast<ImageHeader*>(load_.take_image(sizeof(ImageHeader)));
    if (head == nullptr) return;
    *head = {};
    load_.header = head;
    head->start_function = kNone;
    head->format = kImageFormat;
    static_assert(!on_second_page(Op::kExitEntry));
    head->exit_code = static_cast<std::uint16_t>(Op::kExitEntry);
    head->wasm_bytes = static_cast<std::uint32_t>(load_.wasm.size());

    static constexpr std::uint8_t kMagic[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
    for (std::uint32_t i = 0; i < 8; ++i) {
        const std::uint8_t b = r_.byte();
        if (b != kMagic[i]) return r_.fail(i < 4 ? Rule::kMagicHeader : Rule::kBinaryVersion, i < 4 ? 0 : 4);
    }
}

/// Reads its header and narrows reading to it. After an error what it returns means nothing.
SectionId ModuleLoader::open_section() {
    const std::uint32_t id_at = r_.position();
    const std::uint8_t id = r_.byte();
    if (id >= kSectionCount) r_.fail(Rule::kSectionId, id_at);
    const std::uint32_t size_at = r_.position();
    const std::uint32_t size = r_.u32();
    if (size > r_.left()) r_.fail(Rule::kLengthOutOfBounds, size_at);
    if (id != kCustom) {
        if (rank(id) <= last_rank_) r_.fail(Rule::kSectionOrder, id_at);
        last_rank_ = rank(id);
    }
    section_end_ = r_.position() + size;
    module_end_ = r_.narrow(section_end_);
    return static_cast<SectionId>(id);
}

void ModuleLoader::close_section() {
    if (r_.position() != section_end_) r_.fail(Rule::kSectionSize, r_.position());
    r_.widen(module_end_);
}

void ModuleLoader::finish() {
    if (!r_.ok()) return;
    if (!code_seen_ && load_.function_bodies != 0) {
        r_.fail(Rule::kCodeLengths, r_.position());
    }
    if (!data_seen_ && load_.declared_data != kNone && load_.declared_data != 0) {
        r_.fail(Rule::kDataLengths, r_.position());
    }
    load_.header->image_bytes = load_.image.used();
}

void ModuleLoader::run() {
    begin();
    while (r_.ok() && !r_.done()) {
        const SectionId id = open_section();
        if (!r_.ok()) return;
        section(id);
        close_section();
    }
    finish();
}

Result<Module, LoadError> translate(ModuleBytes wasm, MutableBytes image, MutableBytes scratch,
                                    [[maybe_unused]] Features features) {
    if (wasm.size() > 0x7fffffff) return fail(LoadError{Rule::kModuleTooLarge, 0});
    if (image.size() > 0xfffffff0) image = image.first(0xfffffff0);
    if (scratch.size() > 0xfffffff0) scratch = scratch.first(0xfffffff0);
    LoadContext load(wasm, image, scratch);
#if WASMBED_WASM_MULTI_MEMORY
    load.features = features;
#endif
    ModuleLoader(load).run();
    if (!load.reader.ok()) return fail(load.reader.error());
    return Module(wasm, image.first(load.image.used()));
}

std::optional<std::uint32_t> locate(const Module& module, std::uint32_t code_offset, MutableBytes work) {
    const std::size_t image_bytes = (module.image().size() + 7u) & ~std::size_t{7};
    if (work.size() < image_bytes || code_offset < sizeof(ImageHeader)) return std::nullopt;
    LoadContext load(module.wasm(), work.first(image_bytes), work.subspan(image_bytes));
    load.watched = code_offset;
#if WASMBED_WASM_MULTI_MEMORY
    load.features.multiple_memories = true;  // it was loaded once
#endif
    ModuleLoader(load).run();
    if (!load.reader.ok() || load.watched_at == 0) return std::nullopt;
    return load.watched_at;
}

}  // namespace wasmbed::wasm
