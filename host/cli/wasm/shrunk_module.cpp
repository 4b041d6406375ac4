#include "host/cli/wasm/shrunk_module.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

#include "core/wasm/function_bodies.hpp"
#include "core/wasm/module_view.hpp"
#include "host/cli/wasm/instructions.hpp"
#include "host/cli/wasm/sections.hpp"

namespace wasmbed::wasm_tools {
namespace {

using wasm::Reader;

constexpr std::uint8_t kMemorySection = 5;
constexpr std::uint8_t kHasMaximum = 1, kHasPageSize = 8;  // flags of limits; custom page sizes proposal

struct Global {
    wasm::GlobalType type;
    std::optional<std::uint32_t> value;  ///< of an i32.const
};

std::vector<Global> own_globals(const wasm::Module& module) {
    std::vector<Global> globals;
    const wasm::ImageHeader& h = module.header();
    Reader r = wasm::reader_at(module, h.global_section);
    if (h.global_section != 0) r.u32();
    for (std::uint32_t i = h.imported_globals; i < h.global_count; ++i) {
        Global global{wasm::read_global_type(r), {}};
        const std::uint32_t at = r.position();
        wasm::skip_constant(r);
        Reader value = wasm::reader_at(module, at);
        if (value.byte() == 0x41) {
            const auto constant = static_cast<std::uint32_t>(value.s32());
            if (value.byte() == 0x0b) global.value = constant;
        }
        globals.push_back(global);
    }
    return globals;
}

/// End of the last active data segment; empty if a segment's place is not a plain constant.
std::optional<std::uint64_t> data_end(const wasm::Module& module) {
    std::uint64_t end = 0;
    const wasm::ImageHeader& h = module.header();
    for (std::uint32_t i = 0; i < h.data_count; ++i) {
        Reader r = wasm::reader_at(module, (&wasm::at_offset<std::uint32_t>(module.image().data(), h.data_at))[i]);
        const std::uint32_t flags = r.u32();
        if (flags == 1) continue;
        if (flags == 2) r.u32();
        if (r.byte() != 0x41) return std::nullopt;
        const auto at = static_cast<std::uint32_t>(r.s32());
        if (r.byte() != 0x0b) return std::nullopt;
        end = std::max(end, std::uint64_t{at} + r.u32());
    }
    return end;
}

/// Calls `see(function, instruction)` for every instruction, until it returns false.
template <class See>
void walk_code(const wasm::Module& module, See see) {
    const wasm::ImageHeader& h = module.header();
    wasm::BodyCursor bodies(module);
    for (std::uint32_t function = h.imported_functions; function < h.function_count; ++function) {
        const wasm::Body body = bodies.next();
        Reader r = wasm::reader_at(module, body.begin);
        for (std::uint32_t groups = r.u32(); groups > 0; --groups) r.u32(), r.byte();
        while (r.ok() && r.position() < body.end) {
            if (!see(function, next_instruction(r))) return;
        }
    }
}

/// Does a function make itself a stack frame below global `index`, as LLVM writes it? Or does none touch it: wasm-ld
/// and AssemblyScript leave their stack pointer, which begins where stack and data end, in modules that need no stack.
bool is_stack_pointer(const wasm::Module& module, std::uint32_t index) {
    unsigned matched = 0;
    bool found = false;
    bool touched = false;
    walk_code(module, [&](std::uint32_t, const Instruction& i) {
        const bool of_global = (i.opcode == 0x23 || i.opcode == 0x24) && i.immediate == index;
        touched = touched || of_global;
        const bool next = (matched == 0 && i.opcode == 0x23 && of_global) || (matched == 1 && i.opcode == 0x41) ||
                          (matched == 2 && i.opcode == 0x6b);
        matched = next ? matched + 1 : 0;
        found = matched == 3;
        return !found;
    });
    return found || !touched;
}

/// Does the code name an address in [begin, end)? A constant that only looks like one counts.
bool names_address(const wasm::Module& module, std::uint64_t begin, std::uint64_t end) {
    bool found = false;
    walk_code(module, [&](std::uint32_t, const Instruction& i) {
        found = i.opcode == 0x41 && i.immediate >= begin && i.immediate < end;
        return !found;
    });
    return found;
}

struct End {
    std::uint32_t at;
    std::string known_by;
};

Result<End, std::string> end_of_static_memory(const wasm::Module& module, std::uint64_t data, std::uint64_t memory) {
    const std::vector<Global> globals = own_globals(module);
    const std::uint32_t imported = module.header().imported_globals;
    const auto exported = module.find_export("__heap_base");
    if (exported && exported->kind == wasm::ExternKind::kGlobal && exported->index >= imported) {
        const Global& global = globals[exported->index - imported];
        if (!global.value || global.type.is_mutable) return fail(std::string("__heap_base is not a constant"));
        return End{*global.value, "exported __heap_base"};
    }
    // The stack pointer is the first global, and the only one that changes. It is the end of everything only if the
    // stack lies behind the variables: behind the data, or where there is none, if the code knows no address behind it.
    const auto changes = std::ranges::count_if(globals, [](const Global& g) { return g.type.is_mutable; });
    if (changes == 1 && globals[0].type.is_mutable && globals[0].value && is_stack_pointer(module, imported)) {
        const std::uint32_t top = *globals[0].value;
        if (data != 0 ? top >= data : !names_address(module, top, memory)) return End{top, "the stack pointer"};
    }
    return fail(
        std::string("where stack and data end is not known: link with -Wl,--export=__heap_base "
                    "(AssemblyScript: export { __heap_base })"));
}

std::string place(const LoadedModule& loaded, std::uint32_t function, const Instruction& at) {
    const std::string name = function_name(loaded.bytes, function);
    return fmt::format("in function {}{} at byte {} (0x{:x})", function, name.empty() ? "" : " (" + name + ")",
                       at.offset, at.offset);
}

/// Why the code could tell that its memory ends at `end`.
std::optional<std::string> objection(const LoadedModule& loaded, std::uint32_t end) {
    std::optional<std::string> why;
    walk_code(loaded.module, [&](std::uint32_t function, const Instruction& i) {
        if (i.opcode == 0x40) {
            why = "it grows its memory " + place(loaded, function, i);
        } else if (i.opcode == 0x3f) {
            why = "it asks for its memory's size " + place(loaded, function, i);
        } else if ((i.opcode == 0x41 || i.opcode == 0x42) && i.immediate == end) {
            why =
                fmt::format("it uses {}, the address where its memory would end, {}", end, place(loaded, function, i));
        } else if (i.opcode >= 0x28 && i.opcode <= 0x3e && i.immediate >= end) {
            why = fmt::format("it accesses byte {} or beyond, past its stack and data, {}", i.immediate,
                              place(loaded, function, i));
        }
        return !why;
    });
    return why;
}

void put_u32(std::vector<std::uint8_t>& out, std::uint32_t value) {
    for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::uint8_t>(value | 0x80));
    out.push_back(static_cast<std::uint8_t>(value));
}

/// The module with another memory section, all else byte for byte.
std::vector<std::uint8_t> with_memory(const LoadedModule& loaded, std::uint32_t memory_bytes) {
    std::vector<std::uint8_t> memory{1, kHasMaximum | kHasPageSize};
    put_u32(memory, memory_bytes);
    put_u32(memory, memory_bytes);
    memory.push_back(0);  // log2 of the page size
    std::vector<std::uint8_t> out(loaded.bytes.begin(), loaded.bytes.begin() + 8);
    Reader r(loaded.bytes);
    r.bytes(8);
    while (!r.done()) {
        const std::uint32_t begin = r.position();
        const std::uint8_t id = r.byte();
        r.bytes(r.u32());
        if (id == kMemorySection) {
            out.push_back(id);
            put_u32(out, static_cast<std::uint32_t>(memory.size()));
            out.insert(out.end(), memory.begin(), memory.end());
        } else {
            out.insert(out.end(), loaded.bytes.begin() + begin, loaded.bytes.begin() + r.position());
        }
    }
    return out;
}

}  // namespace

Result<ShrunkModule, std::string> shrink(const LoadedModule& loaded) {
    const wasm::Module& module = loaded.module;
    const auto memory = module.memory();
    if (!memory) return fail(std::string("it has no memory"));
    if (module.header().imported_memories != 0)
        return fail(std::string("its memory is imported: who gives it, shapes it"));
    if (memory->page_log2 == 0) return fail(std::string("its pages are of 1 byte already"));
    const std::uint64_t before = std::uint64_t{memory->limits.min} << memory->page_log2;
    const auto data = data_end(module);
    if (!data) return fail(std::string("a data segment lies at an address that is not a constant"));
    const auto end = end_of_static_memory(module, *data, before);
    if (!end) return fail(end.error());
    if (*data > end->at)
        return fail(
            fmt::format("data reaches to byte {}, but stack and data end at {} by {}", *data, end->at, end->known_by));
    if (end->at > before)
        return fail(
            fmt::format("stack and data end at byte {} by {}, its memory has only {}", end->at, end->known_by, before));
    if (const auto why = objection(loaded, end->at)) return fail(*why);
    return ShrunkModule{with_memory(loaded, end->at), before, end->at, end->known_by};
}

}  // namespace wasmbed::wasm_tools
