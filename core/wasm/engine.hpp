// The WebAssembly engine's interface. Use:
//
//   auto needs = measure(bytes);                              how much room at most
//   auto module = translate(bytes, image, scratch);           validated, or a LoadError
//                                                             (in chunks as they come: StreamLoader, stream_loader.hpp)
//   module->import(i) ...                                     what it asks for
//   auto instance = Instance::create(*module, linker, arena, limits);
//   instance->start("_start", {});
//   while (...) outcome = (*instance)->run(10'000);           Done, OutOfFuel, Suspended or Trap
//
// No heap, exceptions, RTTI or globals: all memory comes from the caller as spans.
#pragma once

#include "core/wasm/host.hpp"
#include "core/wasm/instance.hpp"
#include "core/wasm/module.hpp"
#include "core/wasm/types.hpp"
