// Types of WebAssembly as the engine's interface shows them: values, functions, limits.
#pragma once

#include <cstdint>

#include "core/base/bytes.hpp"

/// 1 adds what modules with several memories take (multi-memory proposal); they load only with
/// Features::multiple_memories. Without it memory is what it was: nothing of this is in the build.
#if !defined(WASMBED_WASM_MULTI_MEMORY)
#define WASMBED_WASM_MULTI_MEMORY 0
#endif

namespace wasmbed::wasm {

/// Value types with the codes of the binary format (WebAssembly 2.0, section 5.3).
enum class ValType : std::uint8_t {
    kI32 = 0x7f,
    kI64 = 0x7e,
    kF32 = 0x7d,
    kF64 = 0x7c,
    kFuncref = 0x70,
    kExternref = 0x6f,
};

/// Slots are the 32-bit cells in which values live and are passed: i64 and f64 take two (low word first), all others
/// one.
[[gnu::always_inline]] constexpr std::uint32_t slots_of(std::uint8_t type) {
    return 1 + (~static_cast<std::uint32_t>(type) & type >> 3 & 1);  // of the codes only those two are even with bit 3
}

constexpr bool is_reference(std::uint8_t type) {
    return type == static_cast<std::uint8_t>(ValType::kFuncref) ||
           type == static_cast<std::uint8_t>(ValType::kExternref);
}

constexpr std::uint32_t slots_of(Bytes types) {
    std::uint32_t n = 0;
    for (std::uint8_t type : types) n += slots_of(type);
    return n;
}

/// A function type. Each byte is a ValType code. A view: of the module's bytes, or of a host function's constant.
struct FuncType {
    Bytes params;
    Bytes results;
};

/// Equal lists of types.
bool same_types(Bytes a, Bytes b);
/// Equal parameter and result lists (types are structural, section 4.5.4).
bool same_type(const FuncType& a, const FuncType& b);

/// What can be imported or exported, with the codes of the binary format (section 5.5.5).
enum class ExternKind : std::uint8_t { kFunction = 0, kTable = 1, kMemory = 2, kGlobal = 3 };

/// Limits of a memory (in pages) or a table (in entries). `max` counts only with `has_max`.
struct Limits {
    std::uint32_t min = 0;
    std::uint32_t max = 0;
    bool has_max = false;
};

struct MemoryType {
    Limits limits;
    /// Custom page sizes proposal: 16 (65,536 bytes) or 0 (1 byte).
    std::uint8_t page_log2 = 16;
};

struct TableType {
    Limits limits;
    ValType element = ValType::kFuncref;
};

struct GlobalType {
    ValType type = ValType::kI32;
    bool is_mutable = false;
};

/// References in slots, tables and globals are indices, never addresses: 0 is null. A function reference holds
/// the instance's id and the function's index plus one; an external reference is any non-zero number of the embedder.
using Ref = std::uint32_t;
inline constexpr Ref kNullRef = 0;

}  // namespace wasmbed::wasm
