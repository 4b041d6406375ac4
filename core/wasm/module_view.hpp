// Reading a validated module: what the image says, and walks over the module's own sections.
#pragma once

#include <cstdint>

#include "core/wasm/image.hpp"
#include "core/wasm/load_context.hpp"
#include "core/wasm/module.hpp"
#include "core/wasm/reader.hpp"

namespace wasmbed::wasm {

inline const TypeEntry* types_of(const Module& module) {
    return &at_offset<TypeEntry>(module.image().data(), module.header().types_at);
}

/// Where the types' lists of values lie: in the module itself or, streamed, in the image.
inline Bytes type_lists(const Module& module) {
#if WASMBED_WASM_STREAMED
    return module.image();
#else
    return module.wasm();
#endif
}

FuncType type_at(const Module& module, std::uint32_t type);

/// Code offset of an own function's header; function >= imported_functions.
inline std::uint32_t code_offset_of(const Module& module, std::uint32_t function) {
    const ImageHeader& h = module.header();
    return (&at_offset<std::uint32_t>(module.image().data(), h.functions_at))[function - h.imported_functions];
}

inline const FunctionHeader& function_header(const Module& module, std::uint32_t function) {
    return at_offset<FunctionHeader>(module.image().data(), code_offset_of(module, function));
}

/// Own function with the greatest code offset not above `pc`: the one that this place in the image belongs to.
inline std::uint32_t function_at(const Module& module, std::uint32_t pc) {
    std::uint32_t low = module.header().imported_functions;
    std::uint32_t high = module.header().function_count;
    while (high - low > 1) {
        const std::uint32_t middle = low + (high - low) / 2;
        (code_offset_of(module, middle) <= pc ? low : high) = middle;
    }
    return low;
}

/// Where an element segment begins in the module.
inline std::uint32_t element_at(const Module& module, std::uint32_t segment) {
    const ImageHeader& h = module.header();
    return (&at_offset<std::uint32_t>(module.image().data(),
                                      h.functions_at))[h.function_count - h.imported_functions + segment];
}

inline std::uint32_t function_type_index(const Module& module, std::uint32_t function) {
    const ImageHeader& h = module.header();
    if (function >= h.imported_functions) return function_header(module, function).type;
    return (&at_offset<std::uint16_t>(module.image().data(), h.import_types_at))[function];
}

/// A reader of the module's bytes at `at`. What it reads was validated, so it cannot fail while the bytes stay as they
/// were.
Reader reader_at(const Module& module, std::uint32_t at);

TableType read_table_type(Reader& r);
MemoryType read_memory_type(Reader& r);
GlobalType read_global_type(Reader& r);

/// An instruction of a constant expression, of which nothing is checked. `value`: its immediate, zero-extended.
struct ConstantPart {
    std::uint8_t opcode;
    std::uint64_t value;
};
ConstantPart read_constant_part(Reader& r);
void skip_constant(Reader& r);

/// The imports, one after the other.
class ImportCursor {
  public:
    explicit ImportCursor(const Module& module);
    Import next();

  private:
    const Module& module_;
    Reader r_;
};

}  // namespace wasmbed::wasm
