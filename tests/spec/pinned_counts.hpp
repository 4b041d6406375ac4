// What the official suite must show. A change of a number here is a change of what the engine can do: say why in the
// commit.
#pragma once

namespace wasmbed::spec {

struct Pinned {
    const char* suite;
    unsigned passed;
    unsigned skipped;        ///< text modules
    unsigned misworded_max;  ///< refused with other words than the suite's
};

inline constexpr Pinned kPinned[] = {
    {"wasm-2.0", 26135, 0, 0},
    {"tail-call", 102, 0, 0},
    {"extended-const", 215, 0, 0},
    {"custom-page-sizes", 158, 0, 0},
};

}  // namespace wasmbed::spec
