// Host functions of the smallest boards.
#pragma once

#include <span>

#include "core/wasm/host.hpp"

namespace wasmbed {

class SmallApp;

inline constexpr std::uint32_t kSmallExitTrap = 1;

/// The functions there are; they work for `app`, one per process.
std::span<const wasm::HostFunction> small_host_functions(SmallApp& app);

}  // namespace wasmbed
