// What our engine makes of a module, in the words of reference_engine.hpp.
#pragma once

#include "core/base/bytes.hpp"
#include "tests/wasm/reference_engine.hpp"

namespace wasmbed::wasm::test {

/// Calls all exported functions without parameters, in the order of the exports, in one instance, in slices of `slice`
/// units of fuel. Modules that import anything are refused, as wasm-interp does.
std::vector<ExportRun> run_own(Bytes wasm, std::int32_t slice);

/// The same with what two targets must agree on beside the outcome: fuel spent, where a trap was, a sum over the first
/// memory behind each call. A line for each export.
std::string report_on(Bytes wasm, std::int32_t slice);

/// The same as run_own, but behind each slice the run goes on in a fresh instance, made of a snapshot of the one
/// before. Slices become longer by a quarter each time, so that long programs are moved some dozen times. `moves`
/// counts them.
std::vector<ExportRun> run_moving(Bytes wasm, std::int32_t first_slice, std::size_t& moves);

}  // namespace wasmbed::wasm::test
