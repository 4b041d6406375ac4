// Where functions lie in a module's bytes: for tools and tests.
#pragma once

#include <cstdint>

#include "core/wasm/module_view.hpp"

namespace wasmbed::wasm {

/// An own function in the module's bytes.
struct Body {
    std::uint32_t begin;  ///< at its locals
    std::uint32_t end;
};

/// The bodies of the own functions, one after the other; as many as there are may be asked for.
class BodyCursor {
  public:
    explicit BodyCursor(const Module& module) : r_(reader_at(module, module.header().code_section)) {
        r_.u32();  // how many there are
    }

    Body next() {
        const std::uint32_t size = r_.u32();
        const std::uint32_t begin = r_.position();
        r_.skip(size);
        return {begin, begin + size};
    }

  private:
    Reader r_;
};

/// The body of one own function. Walks over those before it.
inline Body body_of(const Module& module, std::uint32_t function) {
    BodyCursor bodies(module);
    for (std::uint32_t i = module.header().imported_functions; i < function; ++i) bodies.next();
    return bodies.next();
}

}  // namespace wasmbed::wasm
