// The walk over a module's sections in their order (section 5.5), and the code section.
#include <cstring>

#include "core/wasm/module.hpp"
#include "core/wasm/module_loader.hpp"
#include "core/wasm/ops.hpp"

namespace wasmbed::wasm {

namespace {

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
