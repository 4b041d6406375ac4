// What every Cortex-M image has beside its board's parts: the record that survives resets, and the stack's guard.
#pragma once

#include "device/drivers/cortex_m/reset_record.hpp"
#include "device/hal/board.hpp"

namespace wasmbed::boards {

/// What the last boot left, for the board's hal::Reset.
drivers::ResetRecord& reset_record();

/// The first act of `start_board`: takes over what the last boot left, and guards the stack.
void begin_image();

/// The board's parts are there: a crash from now on is told on its console.
void set_crash_board(const hal::Board& board);

}  // namespace wasmbed::boards
