// Values of constant expressions (section 3.3.10), which are validated before.
#pragma once

#include <cstdint>

#include "core/wasm/instance_data.hpp"
#include "core/wasm/reader.hpp"

namespace wasmbed::wasm {

/// Evaluates the expression at the reader and leaves it behind `end`. The value is raw bits, 32-bit types in the low
/// word.
std::uint64_t constant_value(Reader& r, const InstanceData& instance);

}  // namespace wasmbed::wasm
