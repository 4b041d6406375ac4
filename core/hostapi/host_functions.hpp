// Host functions as data: what an app may import, with which signature, and what its manifest must permit for that.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/hostapi/permissions.hpp"

namespace wasmbed::hostapi {

enum class HostFunctionId : std::uint8_t {
#define HOST_FUNCTION(id, ...) id,
#include "core/hostapi/host_functions.inc"
};

/// One row of the table: 12 bytes on a 32-bit processor, as pointers need no lengths beside them.
struct HostFunction {
    const char* module;
    const char* name;
    HostFunctionId id;
    PermissionKind permission;  ///< None: every app may import it.
};

/// All rows, in the order of HostFunctionId.
std::span<const HostFunction> host_functions();

/// "(iiI)i": i = i32, I = i64. Apart from the rows: a device has the signatures as the engine's value types only.
std::string_view signature_of(HostFunctionId id);

/// The row with this import name; null when there is none.
const HostFunction* find_host_function(std::string_view module, std::string_view name);

/// What host functions of the wasmbed_* modules return when they fail, as negative numbers. Part of the API: never
/// renumbered.
enum class HostError : std::int32_t {
    Invalid = -1,       ///< An argument is out of range.
    NotPermitted = -2,  ///< The manifest does not permit this LED, this key, ...
    NotFound = -3,      ///< No such LED, key, sensor, pin, bus or device on it.
    NoSpace = -4,       ///< The app's storage limit, or the device's store, is full.
    Fault = -5,         ///< A buffer lies outside of the app's memory.
    Unavailable = -6,   ///< Not yet known (wall time), or the hardware failed.
};

}  // namespace wasmbed::hostapi
