#include "host/fleet/manifest_content.hpp"

#include <algorithm>
#include <limits>

#include "core/proto/cbor_writer.hpp"
#include "core/proto/cose.hpp"
#include "core/proto/manifest.hpp"
#include "host/pki/encoding.hpp"
#include "host/pki/openssl_crypto.hpp"

namespace wasmbed::fleet {
namespace {

/// Hex digits of the digest in a revision's name: 40 bits, among the ten revisions that an Application keeps.
constexpr std::size_t kNameHashBytes = 5;

using Problem = std::string;

Result<std::uint32_t, Problem> to_u32(std::int64_t value, const char* field) {
    if (value < 0 || value > std::numeric_limits<std::uint32_t>::max()) {
        return fail(Problem(field) + " must be between 0 and 4294967295; it is " + std::to_string(value));
    }
    return static_cast<std::uint32_t>(value);
}

Result<void, Problem> set_limit(std::optional<std::uint32_t>& out, const std::optional<std::int64_t>& value,
                                const char* field) {
    if (!value) return {};
    auto number = to_u32(*value, field);
    if (!number) return fail(number.error());
    out = *number;
    return {};
}

Result<proto::Limits, Problem> limits_of(const AppLimits& limits) {
    proto::Limits out;
    for (auto done : {set_limit(out.memory_bytes, limits.memory, "limits.memory"),
                      set_limit(out.stack_bytes, limits.stack, "limits.stack"),
                      set_limit(out.fuel_per_second, limits.fuel_per_second, "limits.fuelPerSecond"),
                      set_limit(out.storage_bytes, limits.storage, "limits.storage")}) {
        if (!done) return fail(done.error());
    }
    return out;
}

Result<proto::Restart, Problem> restart_of(const AppRestart& restart) {
    proto::Restart out;
    if (restart.policy == "Never") {
        out.policy = proto::RestartPolicy::never;
    } else if (restart.policy == "OnFailure") {
        out.policy = proto::RestartPolicy::on_failure;
    } else if (restart.policy == "Always") {
        out.policy = proto::RestartPolicy::always;
    } else {
        return fail("restart.policy \"" + restart.policy + "\" is not Never, OnFailure or Always");
    }
    auto restarts = to_u32(restart.max_restarts, "restart.maxRestarts");
    if (!restarts) return fail(restarts.error());
    auto backoff = to_u32(restart.backoff_ms, "restart.backoffMs");
    if (!backoff) return fail(backoff.error());
    out.restarts_max = *restarts;
    out.backoff_ms = *backoff;
    return out;
}

std::vector<proto::EnvEntry> env_of(const Application& app) {
    std::vector<proto::EnvEntry> env;
    for (const auto& [name, value] : app.env) env.push_back({name, value});
    std::ranges::sort(env, proto::cbor_text_key_less, &proto::EnvEntry::name);
    return env;
}

std::string name_of(const std::string& app_name, Bytes content) {
    Digest digest = pki::sha256(content);
    return app_name + "-" + pki::to_hex(Bytes(digest).first(kNameHashBytes));
}

Problem encode_problem(proto::CborError error) {
    if (error.kind == proto::CborErrorKind::no_room) {
        return "args, env and permissions together do not fit a manifest of " +
               std::to_string(proto::kManifestBytesMax) + " bytes";
    }
    return "a name, argument, variable or permission is empty, too long or not UTF-8 (" +
           std::string(proto::cbor_error_name(error.kind)) + "); core/proto/manifest.cddl has the limits";
}

Result<std::vector<std::uint8_t>, Problem> encode(const proto::Manifest& manifest) {
    // The signature must fit too.
    std::vector<std::uint8_t> buffer(proto::kManifestBytesMax - proto::kCoseOverheadBytes);
    auto encoded = proto::encode_manifest(buffer, manifest);
    if (!encoded) return fail(encode_problem(encoded.error()));
    buffer.resize(encoded->size());
    return buffer;
}

}  // namespace

Result<std::vector<std::uint8_t>, std::string> manifest_payload(const Application& app, const ModuleFacts& module,
                                                                std::uint64_t sequence, const std::string& revision) {
    if (app.language != "wasm") return fail("language \"" + app.language + "\" is not supported; wasm is");
    auto limits = limits_of(app.limits);
    if (!limits) return fail(limits.error());
    auto restart = restart_of(app.restart);
    if (!restart) return fail(restart.error());
    std::vector<std::string_view> args(app.args.begin(), app.args.end());
    std::vector<std::string_view> permissions(app.permissions.begin(), app.permissions.end());
    std::vector<proto::EnvEntry> env = env_of(app);

    proto::Manifest manifest;
    manifest.namespace_name = app.meta.ns;
    manifest.app_uid = app.meta.uid;
    manifest.app_name = app.meta.name;
    manifest.revision = revision;
    manifest.sequence = sequence;
    manifest.module = module.sha256;
    manifest.module_bytes = module.bytes;
    manifest.language = proto::Language::wasm;
    manifest.limits = *limits;
    manifest.permissions = std::span<const std::string_view>(permissions);
    manifest.restart = *restart;
    manifest.args = std::span<const std::string_view>(args);
    manifest.env = std::span<const proto::EnvEntry>(env);

    return encode(manifest);
}

Result<RollbackContent, std::string> rollback_content(const std::string& app_name, Bytes stable_payload) {
    auto manifest = proto::decode_manifest(stable_payload);
    if (!manifest) return fail("the stable revision's manifest is not readable");
    manifest->rollback = true;
    manifest->revision = app_name;
    auto unnamed = encode(*manifest);
    if (!unnamed) return fail(unnamed.error());
    std::string name = name_of(app_name, *unnamed);
    manifest->revision = name;
    auto payload = encode(*manifest);
    if (!payload) return fail(payload.error());
    return RollbackContent{name, static_cast<std::int64_t>(manifest->sequence), std::move(*payload)};
}

bool is_rollback(Bytes payload) {
    auto manifest = proto::decode_manifest(payload);
    return manifest && manifest->rollback;
}

Result<std::string, std::string> revision_name(const Application& app, const ModuleFacts& module,
                                               std::uint64_t sequence) {
    auto content = manifest_payload(app, module, sequence, app.meta.name);
    if (!content) return fail(content.error());
    return name_of(app.meta.name, *content);
}

}  // namespace wasmbed::fleet
