// Whether a module can run on devices at all: what they would find when they load it, found before it is rolled out.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/bytes.hpp"
#include "host/fleet/application.hpp"
#include "services/controller/spec_problem.hpp"

namespace wasmbed::controller {

/// Largest module that fits inline, bytes; the schema bounds its base64.
constexpr std::size_t kInlineModuleBytesMax = 128 * 1024;

/// Validates `module` (at most kInlineModuleBytesMax) with the engine that devices have, then its imports against the
/// table of host functions and the Application's permissions, `_start`, and the declared memory against limits.memory.
/// A permission names one LED or key, an import does not: an import is permitted when any permission of its kind is
/// there, and a call beyond them fails on the device with WASMBED_ERROR_NOT_PERMITTED.
/// Reasons: MalformedModule, InvalidModule, UnknownImport, NotPermitted, OutOfMemory.
/// Returns the bytes of linear memory that the module declares.
Result<std::uint64_t, SpecProblem> check_module(Bytes module, const fleet::Application& app);

}  // namespace wasmbed::controller
