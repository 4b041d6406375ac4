// Element and data segments (sections 5.5.12 and 5.5.14).
#include "core/wasm/module_loader.hpp"

namespace wasmbed::wasm {

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

}  // namespace wasmbed::wasm
