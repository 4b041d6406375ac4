// Errors as values: the alias that every layer uses.
#pragma once

#include <expected>
#include <utility>

namespace wasmbed {

/// Value or error. E is a small enum or struct of the domain it comes from; its text is made at the edge, where context
/// is known.
template <class T, class E>
using Result = std::expected<T, E>;

/// Shorthand for returning an error: `return fail(CborError{...});`
template <class E>
[[nodiscard]] constexpr auto fail(E error) {
    return std::unexpected<E>(std::move(error));
}

}  // namespace wasmbed
