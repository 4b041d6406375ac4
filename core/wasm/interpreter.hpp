// Runs translated code.
#pragma once

#include "core/wasm/instance_data.hpp"

namespace wasmbed::wasm {

/// Runs the call in progress of `owner` (state kEntering or kRunning) until it ends, its fuel is used up, a host
/// function suspends or it traps. The portable core; a Cortex-M core takes its place.
[[gnu::noinline]] Outcome interpret(InstanceData& owner);

}  // namespace wasmbed::wasm
