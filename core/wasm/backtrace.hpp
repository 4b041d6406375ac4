// Where a run stands: the functions in progress, from the frames that are there anyway.
#pragma once

#include <cstdint>
#include <span>

#include "core/wasm/instance.hpp"

namespace wasmbed::wasm {

/// A function in progress.
struct Frame {
    const Instance* instance;
    std::uint32_t function;  ///< index in the instance's module
    /// Place in its image that `locate` takes: of the operation that trapped or comes next, or of the call that the
    /// function is in.
    std::uint32_t code_offset;
};

/// The functions in progress where the last `run` of `instance` stopped, innermost first: after a Trap until the next
/// `start`, and between slices. Fills as many of `frames` as there are and returns how many there would be. None after
/// Done, and before the first `run`. A function that ended in a tail call is not there any more.
std::uint32_t backtrace(const Instance& instance, std::span<Frame> frames);

}  // namespace wasmbed::wasm
