// What the official suite must show. A change of a number here is a change of what the engine can do: say why in the
// commit.
#pragma once

namespace wasmbed::spec {

struct Pinned {
    const char* suite;
    unsigned passed;
    unsigned failed;         ///< with the reason beside the number
    unsigned skipped;        ///< text modules
    unsigned misworded_max;  ///< refused with other words than the suite's
    unsigned beyond = 0;     ///< beyond the target's memory, listed with reasons (pages_board.cpp)
};

/// On the host.
inline constexpr Pinned kPinned[] = {
    {"wasm-2.0", 26135, 0, 581, 24},
    {"tail-call", 102, 0, 11, 0},
    {"extended-const", 215, 0, 3, 0},
    // Five modules have two memories (multi-memory proposal), four have 64-bit ones (memory64); seven calls go to the
    // former.
    {"custom-page-sizes", 151, 16, 4, 18},
};

/// On boards with 16 MB of RAM.
inline constexpr Pinned kPinnedOnBoards[] = {
    {"wasm-2.0", 26131, 0, 581, 24, 4},
    {"tail-call", 102, 0, 11, 0},
    {"extended-const", 215, 0, 3, 0},
    {"custom-page-sizes", 151, 16, 4, 18},
};

}  // namespace wasmbed::spec
