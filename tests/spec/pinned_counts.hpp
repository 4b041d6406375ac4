// What the official suite must show. A change of a number here is a change of what the engine can do: say why in the
// commit.
#pragma once

#include <string_view>

#include "core/wasm/module.hpp"

namespace wasmbed::spec {

/// What a suite's modules may use beyond what devices run. Two modules of custom-page-sizes copy between memories; the
/// others must be refused a second one.
constexpr wasm::Features features_of(std::string_view suite) {
    return {.multiple_memories = suite == "custom-page-sizes"};
}

struct Pinned {
    const char* suite;
    unsigned passed;
    unsigned failed;         ///< with the reason beside the number
    unsigned skipped;        ///< text modules
    unsigned misworded_max;  ///< refused with other words than the suite's
    unsigned beyond = 0;     ///< beyond the engine (runner.cpp) or the target's memory (pages_board.cpp), with reasons
};

/// On the host.
inline constexpr Pinned kPinned[] = {
    {"wasm-2.0", 26135, 0, 581, 24},
    {"tail-call", 102, 0, 11, 0},
    {"extended-const", 215, 0, 3, 0},
    {"custom-page-sizes", 158, 0, 4, 16, 4},
};

/// On boards with 16 MB of RAM.
inline constexpr Pinned kPinnedOnBoards[] = {
    {"wasm-2.0", 26131, 0, 581, 24, 4},
    {"tail-call", 102, 0, 11, 0},
    {"extended-const", 215, 0, 3, 0},
    {"custom-page-sizes", 158, 0, 4, 16, 4},
};

}  // namespace wasmbed::spec
