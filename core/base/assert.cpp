#include "core/base/assert.hpp"

namespace wasmbed {

// Weak: firmware and sim replace it by one that says where, and resets.
[[noreturn]] __attribute__((weak)) void assert_failed(const char* /*file*/, int /*line*/) {
    __builtin_trap();
}

}  // namespace wasmbed
