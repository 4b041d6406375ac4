#include "core/proto/manifest.hpp"

#include "core/proto/shape_of.hpp"

namespace wasmbed::proto {
namespace {

constexpr Field kLimitFields[] = {
    WASMBED_FIELD(1, Limits, memory_bytes).if_present(),
    WASMBED_FIELD(2, Limits, stack_bytes).if_present(),
    WASMBED_FIELD(3, Limits, fuel_per_second).if_present(),
    WASMBED_FIELD(4, Limits, storage_bytes).if_present(),
};
constexpr Shape kLimits{kLimitFields};

constexpr Field kRestartFields[] = {
    WASMBED_FIELD(1, Restart, policy).within(0, 2),
    WASMBED_FIELD(2, Restart, restarts_max),
    WASMBED_FIELD(3, Restart, backoff_ms),
};
constexpr Shape kRestart{kRestartFields};

constexpr Field kPermission = element_of<std::string_view>().within(1, 96);
constexpr Field kArg = element_of<std::string_view>().within(0, 128);
constexpr Field kEnvEntryFields[] = {
    WASMBED_FIELD(0, EnvEntry, name).within(1, 64),
    WASMBED_FIELD(0, EnvEntry, value).within(0, 256),
};
constexpr Shape kEnvEntryShape{kEnvEntryFields, true};
constexpr Field kEnvEntry = element_of<EnvEntry>().as(kEnvEntryShape);

constexpr Field kManifestFields[] = {
    WASMBED_FIELD(1, Manifest, namespace_name).within(1, 63),
    WASMBED_FIELD(2, Manifest, app_uid).within(1, 36),
    WASMBED_FIELD(3, Manifest, app_name).within(1, 63),
    WASMBED_FIELD(4, Manifest, revision).within(1, 80),
    WASMBED_FIELD(5, Manifest, sequence),
    WASMBED_FIELD(6, Manifest, module),
    WASMBED_FIELD(7, Manifest, module_bytes),
    WASMBED_FIELD(8, Manifest, language).within(0, 1),
    WASMBED_FIELD(9, Manifest, limits).as(kLimits),
    WASMBED_FIELD(10, Manifest, permissions).of(kPermission),
    WASMBED_FIELD(11, Manifest, restart).as(kRestart),
    WASMBED_FIELD(12, Manifest, schedule).within(1, 64).if_present(),
    WASMBED_FIELD(13, Manifest, args).of(kArg),
    WASMBED_FIELD(14, Manifest, env).of(kEnvEntry),
    WASMBED_FIELD(15, Manifest, rollback).if_present(),
};

}  // namespace

constinit const Shape kManifestShape{kManifestFields};

Result<Manifest, CborError> decode_manifest(Bytes payload) {
    CborReader in(payload);
    Manifest manifest;
    read_shape(in, kManifestShape, &manifest);
    if (!in.ok()) return fail(in.error());
    return manifest;
}

Result<Bytes, CborError> encode_manifest(MutableBytes out, const Manifest& manifest) {
    CborWriter writer(out);
    write_shape(writer, kManifestShape, &manifest);
    return writer.finish();
}

template <>
std::size_t decode_element(Bytes encoded, EnvEntry* element) {
    return read_element(encoded, kEnvEntry, element);
}

}  // namespace wasmbed::proto
