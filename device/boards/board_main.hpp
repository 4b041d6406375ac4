// What a microcontroller board's folder gives to device/firmware/main.cpp.
#pragma once

#include <cstddef>
#include <span>

#include "device/hal/board.hpp"

namespace wasmbed::boards {

/// The board's parts, started; lives for good. `main` calls it once, first.
[[nodiscard]] const hal::Board& start_board();

/// All RAM that the image does not use itself, by the linker script.
[[nodiscard]] std::span<std::byte> apps_arena();

/// Boards whose apps share memory with TLS handshakes (BUDGET_APPS_STACK): the part of `apps_arena` that is not stack.
[[nodiscard]] std::span<std::byte> handshake_memory();
/// There: the stack ends above `apps_arena`, or again where it did.
void lend_stack(bool lent);

/// Says that the superloop runs: from now on, crashes do not count as consecutive ones.
void mark_healthy();

}  // namespace wasmbed::boards
