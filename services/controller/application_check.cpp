#include "services/controller/application_check.hpp"

#include <algorithm>
#include <array>

#include "core/hostapi/permissions.hpp"
#include "host/pki/encoding.hpp"
#include "host/pki/openssl_crypto.hpp"
#include "services/controller/module_check.hpp"

namespace wasmbed::controller {
namespace {

/// Longest name of an Application: the manifest's limit, and a DNS label as devices and the link expect.
constexpr std::size_t kNameBytesMax = 63;

/// WebAssembly core specification 2.0, section 5.5.16: magic and version 1.
constexpr std::array<std::uint8_t, 8> kWasmHeader = {0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00};

Result<std::vector<std::uint8_t>, SpecProblem> module_bytes(const json::value& object) {
    std::string_view text = json_string(object, {"spec", "module", "inline"});
    if (text.empty()) return spec_problem("InvalidModule", "module.inline is empty; it must be the module in base64");
    auto bytes = pki::from_base64(text);
    if (!bytes) return spec_problem("InvalidModule", "module.inline is not standard base64 without line breaks");
    if (bytes->size() > kInlineModuleBytesMax) {
        return spec_problem("ModuleTooLarge", "module.inline has " + std::to_string(bytes->size()) +
                                                  " bytes; at most " + std::to_string(kInlineModuleBytesMax) +
                                                  " are possible");
    }
    return *bytes;
}

Result<void, SpecProblem> check_header(Bytes module) {
    Bytes header = module.first(std::min(module.size(), kWasmHeader.size()));
    if (std::ranges::equal(header, kWasmHeader)) return {};
    return spec_problem("MalformedModule", "module.inline is not a WebAssembly module: it starts with " +
                                               pki::to_hex(header) + " at byte 0, a module with " +
                                               pki::to_hex(kWasmHeader));
}

std::string all_grammars() {
    using enum hostapi::PermissionKind;
    std::string all;
    for (const auto kind : {Led, Storage, Sensor, Gpio, I2c, Spi})
        all += (all.empty() ? "" : ", ") + std::string(hostapi::grammar_of(kind));
    return all;
}

Result<void, SpecProblem> check_permissions(const fleet::Application& app) {
    for (const std::string& permission : app.permissions) {
        if (hostapi::parse_permission(permission)) continue;
        return spec_problem("InvalidPermission", "permissions: \"" + permission + "\" is none that can be granted; " +
                                                     all_grammars() + " are");
    }
    return {};
}

Result<void, SpecProblem> check_manifest(const fleet::Application& app, const fleet::ModuleFacts& module) {
    // The longest revision name and a sequence of full width, so that no later revision of this spec fails.
    std::string longest = app.meta.name + "-0123456789";
    auto payload = fleet::manifest_payload(app, module, UINT64_MAX, longest);
    if (!payload) return spec_problem("InvalidSpec", payload.error());
    return {};
}

}  // namespace

Result<fleet::ModuleFacts, SpecProblem> check_application(const json::value& object, const fleet::Application& app) {
    if (app.meta.name.size() > kNameBytesMax) {
        return spec_problem("InvalidName", "metadata.name has " + std::to_string(app.meta.name.size()) +
                                               " characters; at most 63 are possible");
    }
    if (auto target = fleet::target_problem(object)) return spec_problem("InvalidTarget", *target);
    if (auto rollout = fleet::rollout_problem(object)) return spec_problem("InvalidRollout", *rollout);
    auto bytes = module_bytes(object);
    if (!bytes) return fail(bytes.error());
    if (auto header = check_header(*bytes); !header) return fail(header.error());
    if (auto permissions = check_permissions(app); !permissions) return fail(permissions.error());
    fleet::ModuleFacts facts{pki::sha256(*bytes), bytes->size(), 0};
    if (auto manifest = check_manifest(app, facts); !manifest) return fail(manifest.error());
    auto memory = check_module(*bytes, app);
    if (!memory) return fail(memory.error());
    facts.memory_bytes = *memory;
    return facts;
}

}  // namespace wasmbed::controller
