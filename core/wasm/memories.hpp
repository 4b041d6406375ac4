// The memories that an instance has of its own: what they take, and where they lie.
#pragma once

#include <cstdint>

#include "core/wasm/instance_data.hpp"

namespace wasmbed::wasm {

/// Bytes of the module's own memories, each at its declared minimum.
std::uint64_t own_memory_bytes(const Module& module);

/// Lays them out in `room`, which has as many bytes at least, cleared. What is left of the room is theirs to grow into,
/// up to limits.memory_bytes_max together, in equal shares if there are several.
void place_own_memories(InstanceData& data, MutableBytes room, const InstanceLimits& limits);

}  // namespace wasmbed::wasm
