#include "core/wasm/memories.hpp"

#include <cstring>

#include "core/wasm/module_view.hpp"

namespace wasmbed::wasm {

namespace {

std::uint64_t bytes_of(const MemoryType& type) {
    return std::uint64_t{type.limits.min} << type.page_log2;
}

/// `reserved`: bytes from `at` on, its minimum included.
void place(MemoryData& memory, const MemoryType& type, std::uint8_t* at, std::uint64_t reserved) {
    memory.type = type;
    memory.bytes = at;
    memory.pages = type.limits.min;
    memory.size = bytes_of(type);
    memory.reserved = reserved;
    if (memory.reserved > std::uint64_t{1} << 32) memory.reserved = std::uint64_t{1} << 32;
    std::memset(memory.bytes, 0, static_cast<std::size_t>(memory.size));
}

}  // namespace

#if WASMBED_WASM_MULTI_MEMORY

namespace {

constexpr std::uint64_t kAlign = 8;

std::uint64_t aligned(std::uint64_t bytes) {
    return (bytes + kAlign - 1) & ~(kAlign - 1);
}

/// The types of a module's own memories, one after the other.
class OwnTypes {
  public:
    explicit OwnTypes(const Module& module)
        : left_(module.header().memory_count - module.header().imported_memories),
          r_(reader_at(module, module.header().memory_section)) {
        if (left_ != 0) r_.u32();
    }
    std::uint32_t left() const { return left_; }
    MemoryType next() {
        --left_;
        return read_memory_type(r_);
    }

  private:
    std::uint32_t left_;
    Reader r_;
};

/// What a memory can take of its share of the room to grow.
std::uint64_t growth(const MemoryType& type, std::uint64_t share) {
    if (!type.limits.has_max) return share;
    const std::uint64_t most = (std::uint64_t{type.limits.max} << type.page_log2) - bytes_of(type);
    return most < share ? aligned(most) : share;
}

}  // namespace

std::uint64_t own_memory_bytes(const Module& module) {
    std::uint64_t bytes = 0;
    for (OwnTypes types(module); types.left() != 0;) bytes = aligned(bytes) + bytes_of(types.next());
    return bytes;
}

void place_own_memories(InstanceData& data, MutableBytes room, const InstanceLimits& limits) {
    const std::uint64_t most = room.size() < limits.memory_bytes_max ? room.size() : limits.memory_bytes_max;
    std::uint64_t spare = most - own_memory_bytes(data.module);
    std::uint64_t at = 0;
    std::uint32_t index = 0;
    for (OwnTypes types(data.module); types.left() != 0; ++index) {
        // The last one takes all; what the others take keeps those behind them aligned.
        const std::uint64_t share = types.left() == 1 ? spare : spare / types.left() & ~(kAlign - 1);
        const MemoryType type = types.next();
        const std::uint64_t more = types.left() == 0 ? share : growth(type, share);
        MemoryData& memory = data.own_memory[index];
        place(memory, type, room.data() + at, bytes_of(type) + more);
        data.memories[data.module.header().imported_memories + index] = &memory;
        at = aligned(at + bytes_of(type)) + more;
        spare -= more;
    }
}

#else

std::uint64_t own_memory_bytes(const Module& module) {
    return module.header().memory_count > module.header().imported_memories ? bytes_of(*module.memory()) : 0;
}

void place_own_memories(InstanceData& data, MutableBytes room, const InstanceLimits& limits) {
    if (data.module.header().memory_count == data.module.header().imported_memories) return;
    const std::uint64_t reserved = room.size() < limits.memory_bytes_max ? room.size() : limits.memory_bytes_max;
    place(data.own_memory[0], *data.module.memory(), room.data(), reserved);
    data.memory_data = data.own_memory;
}

#endif

}  // namespace wasmbed::wasm
