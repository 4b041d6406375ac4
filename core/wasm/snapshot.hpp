// An instance's whole state as indices and offsets: written out, and read back into another instance of the same
// module, on the same kind of target under the same build of the engine.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/wasm/instance.hpp"

namespace wasmbed::wasm {

enum class SnapshotErrorKind : std::uint8_t {
    kNoSpace,      ///< the output is too small; `bytes_needed` says how much would do
    kShared,       ///< a call in progress goes through another instance: only all of them together could be written
    kBusy,         ///< the instance to restore has a call in progress
    kOtherModule,  ///< of another module, engine build or place in the registry
    kDamaged,      ///< not what `save_snapshot` wrote
    kTooSmall,     ///< memory, a table or the stack of the instance has no room for the state
};

struct SnapshotError {
    SnapshotErrorKind kind;
    const char* what;
    std::uint64_t bytes_needed = 0;
};

/// Bytes that `save_snapshot` writes for the instance as it is now.
std::uint64_t snapshot_bytes(const Instance& instance);

/// Writes memory, globals, tables, dropped segments and the call in progress. Imported memories, tables and globals are
/// other instances' state and not written. Not while `run` is executing. Returns the bytes written.
[[nodiscard]] Result<std::uint64_t, SnapshotError> save_snapshot(const Instance& instance, MutableBytes out);

/// Makes an idle instance what the saved one was: `run` goes on, `complete` answers a suspended host call. All of the
/// bytes are checked before any of the instance is changed, so a refused snapshot does no harm, whoever made it: what
/// it says about the call in progress is followed from frame to frame, and each must be one of the module's functions
/// at one of its operations.
[[nodiscard]] Result<void, SnapshotError> restore_snapshot(Instance& instance, Bytes snapshot);

/// Where a call in progress stands: `locate` finds the instruction.
struct SuspensionPoint {
    std::uint32_t function;
    std::uint32_t code_offset;  ///< in the image
};
/// Empty if the instance is idle, has not begun, or is in a host function that was called from outside.
std::optional<SuspensionPoint> suspension_point(const Instance& instance);

}  // namespace wasmbed::wasm
