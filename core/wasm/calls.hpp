// Calls that leave the running instance's code: host functions, other instances, and the way in from outside.
#pragma once

#include <cstdint>

#include "core/wasm/instance_data.hpp"

namespace wasmbed::wasm {

/// Where the core stands between two operations. Slots are those of the owner's stack.
struct Position {
    InstanceData* instance;
    const std::uint8_t* pc;
    std::uint32_t* fp;
};

/// In front of a callee's frame when it belongs to another instance than the caller, or was called from outside: what
/// returning needs beyond pc and fp.
struct BoundaryRecord {
    std::uint32_t instance[2];  ///< address of the caller's InstanceData; 0: called from outside
    std::uint32_t pc;           ///< offset in the caller's image
    std::uint32_t fp;           ///< slot index
    std::uint32_t results;      ///< slot index where the caller wants them
    std::uint32_t result_slots;
};
inline constexpr std::uint32_t kBoundarySlots = sizeof(BoundaryRecord) / 4;

enum class CallEnd : std::uint8_t { kGoOn, kSuspended, kTrapped };

struct CallOutcome {  // in one word, which a register returns
    CallEnd end : 4;
    TrapKind trap : 4;
    std::uint32_t host_code : 24;  ///< HostResult::code
};

/// Calls a function whose arguments are in place at `base`, as seen from `at`: at.pc is where to go on afterwards. On
/// kGoOn, `at` is at the callee's first operation, or behind the call if a host function did it all. On kSuspended it
/// is behind the call too, and the activation knows where the results belong. Traps leave `at` unchanged.
CallOutcome call_out(InstanceData& owner, Position& at, FunctionTarget target, std::uint32_t* base, bool from_outside);

/// A callee that was entered over a boundary has returned, its results at at.fp. False if that ends the activation;
/// else `at` is behind the caller's call.
bool return_over_boundary(InstanceData& owner, Position& at);

}  // namespace wasmbed::wasm
