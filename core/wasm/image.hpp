// The image: what `translate` makes of a module. Offsets only, so it can be moved, cached and kept in flash.
//
//   ImageHeader | TypeEntry[types] | u16 type[imported functions] | u32 code offset[own functions] | u32 element
//   segments[] | functions (FunctionHeader, then code; 2-aligned) | u32 data segments[]
//
// Everything that is needed only now and then (exports, initialisers, names) stays in the module's own bytes; the image
// holds where. All "_at" of image parts are byte offsets in the image; those of sections are byte offsets in the
// module.
#pragma once

#include <cstdint>
#include <cstring>

#include "core/wasm/ops.hpp"
#include "core/wasm/types.hpp"

namespace wasmbed::wasm {

/// Of all operations' names, forms and order (FNV-1a): images hold their tokens.
consteval std::uint32_t hash_of_operations() {
    constexpr char kText[] =
#define OP(name, form, ...) #name " " #form ";"
#define OP2(name, form, ...) #name " " #form ", _d;"
#include "core/wasm/ops.inc"
#undef OP
#undef OP2
        ;
    std::uint32_t hash = 0x811c9dc5;
    for (const char c : kText) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x01000193;
    return hash;
}

/// Which engine builds can run an image: those with the same operations (which kEscape follows from), and the same
/// layout of images, whose number is changed by hand. An image of another number is not run.
inline constexpr std::uint32_t kImageLayout = 5;
inline constexpr std::uint32_t kImageFormat = hash_of_operations() + kImageLayout;

inline constexpr std::uint32_t kNone = 0xffffffff;

struct TypeEntry {
    std::uint32_t at;         ///< of the parameter vector, in the module
    std::uint16_t canonical;  ///< index of the first type equal to this one
    std::uint16_t hash;       ///< of its lists
};

struct ImageHeader {
    std::uint32_t format;
    std::uint32_t image_bytes;
    std::uint32_t wasm_bytes;

    // Sections' vectors in the module (at the count), 0 without the section.
    std::uint32_t import_section;
    std::uint32_t table_section;
#if WASMBED_WASM_MULTI_MEMORY
    std::uint32_t memory_section;
#endif
    std::uint32_t global_section;
    std::uint32_t export_section;
    std::uint32_t element_section;
    std::uint32_t data_section;
    std::uint32_t code_section;

    // Parts of the image.
    std::uint32_t types_at;
    std::uint32_t import_types_at;
    std::uint32_t functions_at;  ///< those of element segments follow
    std::uint32_t data_at;

    std::uint32_t start_function;  ///< or kNone
    std::uint32_t memory_min;      ///< of the first memory, as all that follows but the counts
    std::uint32_t memory_max;
    std::uint8_t memory_count;  ///< imported ones included
    std::uint8_t imported_memories;
    std::uint8_t memory_has_max;
    std::uint8_t memory_page_log2;

    std::uint16_t type_count;
    std::uint16_t import_count;
    std::uint16_t imported_functions;
    std::uint16_t function_count;  ///< imported ones included; likewise below
    std::uint16_t imported_tables;
    std::uint16_t table_count;
    std::uint16_t imported_globals;
    std::uint16_t global_count;
    std::uint16_t export_count;
    std::uint16_t element_count;
    std::uint16_t data_count;
    std::uint16_t exit_code;  ///< the operation that calls from outside return to
};

/// In front of a function's code.
struct FunctionHeader {
    std::uint16_t param_slots;
    std::uint16_t frame_slots;  ///< parameters, saved pc and fp, locals and operands
    std::uint16_t zero_slots;   ///< local slots the call must clear
    std::uint16_t type;         ///< canonical index of the function's type
};

/// Slots between parameters and other locals: the link, which is the image offset to return to, and how many slots
/// below this frame the caller's begins.
inline constexpr std::uint32_t kLinkSlots = 2;

/// Reads a T at a byte offset of an image; the offset was made by the translator and is a multiple of T's alignment.
template <class T>
const T& at_offset(const std::uint8_t* image, std::uint32_t offset) {
    return *reinterpret_cast<const T*>(image + offset);
}

}  // namespace wasmbed::wasm
