#include "core/wasm/module.hpp"

#include "core/wasm/module_view.hpp"

namespace wasmbed::wasm {

bool same_types(Bytes a, Bytes b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] != b[i]) return false;
    }
    return true;
}

bool same_type(const FuncType& a, const FuncType& b) {
    return same_types(a.params, b.params) && same_types(a.results, b.results);
}

FuncType function_type_at(Bytes bytes, std::uint32_t at) {
    const auto list = [&] {
        std::uint32_t count = 0;
        for (unsigned shift = 0;; shift += 7) {
            const std::uint8_t b = bytes[at++];
            count |= (b & 0x7fu) << shift;
            if (!(b & 0x80)) break;
        }
        at += count;
        return bytes.subspan(at - count, count);
    };
    FuncType type;
    type.params = list();
    type.results = list();
    return type;
}

FuncType type_at(const Module& module, std::uint32_t type) {
    return function_type_at(type_lists(module), types_of(module)[type].at);
}

Reader reader_at(const Module& module, std::uint32_t at) {
    Reader r(module.wasm());
    r.seek(at);
    return r;
}

TableType read_table_type(Reader& r) {
    TableType type;
    type.element = static_cast<ValType>(r.byte());
    type.limits.has_max = r.byte() & 1;
    type.limits.min = r.u32();
    if (type.limits.has_max) type.limits.max = r.u32();
    return type;
}

MemoryType read_memory_type(Reader& r) {
    MemoryType type;
    const std::uint8_t flags = r.byte();
    type.limits.has_max = flags & 1;
    type.limits.min = r.u32();
    if (type.limits.has_max) type.limits.max = r.u32();
    if (flags & 8) type.page_log2 = static_cast<std::uint8_t>(r.u32());
    return type;
}

GlobalType read_global_type(Reader& r) {
    GlobalType type;
    type.type = static_cast<ValType>(r.byte());
    type.is_mutable = r.byte() != 0;
    return type;
}

ConstantPart read_constant_part(Reader& r) {
    ConstantPart part{r.byte(), 0};
    switch (part.opcode) {
        case 0x41:
            part.value = static_cast<std::uint32_t>(r.s32());
            break;
        case 0x42:
            part.value = static_cast<std::uint64_t>(r.s64());
            break;
        case 0x43:
            part.value = r.fixed32();
            break;
        case 0x44:
            part.value = r.fixed64();
            break;
        case 0xd0:
            part.value = r.byte();
            break;
        case 0x23:
        case 0xd2:
            part.value = r.u32();
            break;
        default:
            break;
    }
    return part;
}

void skip_constant(Reader& r) {
    while (r.ok() && read_constant_part(r).opcode != 0x0b) {
    }
}

namespace {

Import read_import(const Module& module, Reader& r) {
    Import import{};
#if WASMBED_WASM_STREAMED
    const std::uint32_t at = r.position();
    (void)r.skip_name();
    (void)r.skip_name();
    r.gather(at);
    r.seek(at);
#endif
    import.module = r.name();
    import.name = r.name();
    import.kind = static_cast<ExternKind>(r.byte());
    switch (import.kind) {
        case ExternKind::kFunction: {
            const std::uint32_t type = r.u32();
            import.function = type_at(module, type);
            break;
        }
        case ExternKind::kTable:
            import.table = read_table_type(r);
            break;
        case ExternKind::kMemory:
            import.memory = read_memory_type(r);
            break;
        case ExternKind::kGlobal:
            import.global = read_global_type(r);
            break;
    }
    return import;
}

Export read_export(Reader& r) {
    Export result{};
#if WASMBED_WASM_STREAMED
    const std::uint32_t at = r.position();
    (void)r.skip_name();
    r.byte();
    r.u32();
    r.gather(at);
    r.seek(at);
#endif
    result.name = r.name();
    result.kind = static_cast<ExternKind>(r.byte());
    result.index = r.u32();
    return result;
}

}  // namespace

const ImageHeader& Module::header() const {
    return at_offset<ImageHeader>(image_.data(), 0);
}

std::optional<Module> Module::attach(ModuleBytes wasm, Bytes image) {
    if (image.size() < sizeof(ImageHeader)) return std::nullopt;
    const Module module(wasm, image);
    const ImageHeader& h = module.header();
    if (h.format != kImageFormat || h.image_bytes != image.size() || h.wasm_bytes != wasm.size()) return std::nullopt;
    return module;
}

std::uint32_t Module::import_count() const {
    return header().import_count;
}

Import Module::import(std::uint32_t index) const {
    ImportCursor cursor(*this);
    for (std::uint32_t i = 0; i < index; ++i) cursor.next();
    return cursor.next();
}

ImportCursor::ImportCursor(const Module& module)
    : module_(module), r_(reader_at(module, module.header().import_section)) {
    if (module.header().import_section != 0) r_.u32();
}

Import ImportCursor::next() {
    return read_import(module_, r_);
}

std::uint32_t Module::export_count() const {
    return header().export_count;
}

Export Module::export_at(std::uint32_t index) const {
    Reader r = reader_at(*this, header().export_section);
    r.u32();
    for (std::uint32_t i = 0; i < index; ++i) read_export(r);
    return read_export(r);
}

std::optional<Export> Module::find_export(std::string_view name) const {
    Reader r = reader_at(*this, header().export_section);
    if (header().export_section != 0) r.u32();
    for (std::uint32_t i = 0; i < header().export_count; ++i) {
        const Export found = read_export(r);
        if (found.name == name) return found;
    }
    return std::nullopt;
}

std::uint32_t Module::function_count() const {
    return header().function_count;
}

FuncType Module::function_type(std::uint32_t index) const {
    return type_at(*this, function_type_index(*this, index));
}

std::optional<MemoryType> Module::memory() const {
    const ImageHeader& h = header();
    if (h.memory_count == 0) return std::nullopt;
    return MemoryType{{h.memory_min, h.memory_max, h.memory_has_max != 0}, h.memory_page_log2};
}

bool Module::has_start() const {
    return header().start_function != kNone;
}

}  // namespace wasmbed::wasm
