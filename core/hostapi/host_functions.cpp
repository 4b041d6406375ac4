#include "core/hostapi/host_functions.hpp"

#include <cstddef>

namespace wasmbed::hostapi {
namespace {

constexpr HostFunction kHostFunctions[] = {
#define HOST_FUNCTION(id, module, name, signature, permission, ...) \
    {module, name, HostFunctionId::id, PermissionKind::permission},
#include "core/hostapi/host_functions.inc"
};

constexpr const char* kSignatures[] = {
#define HOST_FUNCTION(id, module, name, signature, ...) signature,
#include "core/hostapi/host_functions.inc"
};

}  // namespace

std::span<const HostFunction> host_functions() {
    return kHostFunctions;
}

std::string_view signature_of(HostFunctionId id) {
    return kSignatures[static_cast<std::size_t>(id)];
}

const HostFunction* find_host_function(std::string_view module, std::string_view name) {
    for (const HostFunction& function : kHostFunctions) {
        if (function.name == name && function.module == module) return &function;
    }
    return nullptr;
}

}  // namespace wasmbed::hostapi
