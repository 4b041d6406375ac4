// What C++ and its library want to call on a system that has neither heap nor exceptions. Each of these is a bug of
// ours when it is reached.
#include <cstddef>
#include <new>

#include "core/base/assert.hpp"

// Virtual destructors name it, though no object is ever deleted.
void operator delete(void*) noexcept {
    WASMBED_ASSERT(false);
}
void operator delete(void*, std::size_t) noexcept {
    WASMBED_ASSERT(false);
}
void operator delete(void*, std::size_t, std::align_val_t) noexcept {
    WASMBED_ASSERT(false);
}

extern "C" [[noreturn]] void __cxa_pure_virtual() {
    wasmbed::assert_failed("pure virtual call", 0);
}

// libc's way out (assert, libstdc++'s terminate).
extern "C" [[noreturn]] void abort() {
    wasmbed::assert_failed("abort", 0);
}

// libstdc++ reports broken preconditions of its containers by these; their real versions bring the unwinder (9 KB).
namespace std {
void __throw_length_error(const char*) {
    wasmbed::assert_failed("length_error", 0);
}
void __throw_out_of_range(const char*) {
    wasmbed::assert_failed("out_of_range", 0);
}
void __throw_out_of_range_fmt(const char*, ...) {
    wasmbed::assert_failed("out_of_range", 0);
}
void __throw_logic_error(const char*) {
    wasmbed::assert_failed("logic_error", 0);
}
void __throw_bad_function_call() {
    wasmbed::assert_failed("bad_function_call", 0);
}
void __throw_bad_array_new_length() {
    wasmbed::assert_failed("bad_array_new_length", 0);
}
void __throw_bad_alloc() {
    wasmbed::assert_failed("bad_alloc", 0);
}
void terminate() noexcept {
    wasmbed::assert_failed("terminate", 0);
}
}  // namespace std
