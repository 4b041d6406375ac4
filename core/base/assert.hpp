// Assertions on our own invariants. They stay on in every build; input from outside never reaches one.
#pragma once

namespace wasmbed {

/// Ends the program. The default (core/base/assert.cpp) traps; a composition root may define its own to print and
/// reset. `file` is the file's name without folders.
[[noreturn]] void assert_failed(const char* file, int line);

}  // namespace wasmbed

/// Ends the program when `condition` is false. The condition itself is not kept as text: flash is scarce.
#define WASMBED_ASSERT(condition) \
    (static_cast<bool>(condition) ? void(0) : ::wasmbed::assert_failed(__FILE_NAME__, __LINE__))
