#include "services/emulator/factory.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "core/proto/provision.hpp"
#include "host/pki/certificate.hpp"
#include "host/pki/encoding.hpp"

namespace wasmbed::emulator {
namespace {

constexpr std::size_t kGatewaysMax = 8;      // provision.cddl, key 5
constexpr std::size_t kManifestKeysMax = 3;  // key 4
constexpr std::size_t kRootsMax = 3;         // key 3
constexpr std::string_view kPemBegin = "-----BEGIN CERTIFICATE-----";

using Blob = std::vector<std::uint8_t>;

// Everything the encoder borrows, kept alive in one place.
struct Parts {
    std::string name;
    std::string uid;
    std::vector<Blob> roots;
    struct Key {
        Blob kid;
        Blob point;
    };
    std::vector<Key> keys;
    std::vector<std::string> gateways;
    std::string token_id;
    Blob token;
};

Result<std::vector<Blob>, std::string> parse_roots(std::string_view pem) {
    std::vector<Blob> roots;
    for (std::size_t at = pem.find(kPemBegin); at != std::string_view::npos; at = pem.find(kPemBegin, at + 1)) {
        auto certificate = pki::Certificate::from_pem(pem.substr(at));
        if (!certificate) return fail("ConfigMap wasmbed-trust, service-ca.pem: " + certificate.error().message);
        roots.push_back(certificate->to_der());
    }
    if (roots.empty() || roots.size() > kRootsMax)
        return fail("ConfigMap wasmbed-trust, service-ca.pem: 1 to 3 certificates are needed, found " +
                    std::to_string(roots.size()));
    return roots;
}

Result<std::vector<Parts::Key>, std::string> parse_keys(std::string_view text) {
    const std::string where = "ConfigMap wasmbed-trust, manifest-keys.json: ";
    auto list = parse_json(text);
    if (!list) return fail(where + list.error());
    if (!list->is_array() || list->get_array().empty() || list->get_array().size() > kManifestKeysMax)
        return fail(where + "an array of 1 to 3 keys is needed");
    std::vector<Parts::Key> keys;
    for (const json::value& item : list->get_array()) {
        auto kid = pki::from_hex(json_string(item, {"kid"}));
        auto point = pki::from_base64(json_string(item, {"publicKey"}));
        if (!kid || !point || point->size() != 65)
            return fail(where + "each item needs kid (hex) and publicKey (base64 of 65 bytes)");
        keys.push_back({std::move(*kid), std::move(*point)});
    }
    return keys;
}

// The one that the Device prefers comes first.
void order_gateways(const json::value& device, std::vector<const json::value*>& gateways) {
    const std::string_view preferred = json_string(device, {"spec", "gateway"});
    const auto first = std::find_if(gateways.begin(), gateways.end(), [&](const json::value* gateway) {
        return json_string(*gateway, {"metadata", "name"}) == preferred;
    });
    if (first != gateways.end()) std::rotate(gateways.begin(), first, first + 1);
}

std::vector<std::string> endpoints_of(const FactoryInputs& inputs) {
    std::vector<std::string> endpoints;
    if (inputs.serial_link) {
        if (auto serial = serial_endpoint(*inputs.device, inputs.gateways); !serial.empty())
            endpoints.push_back(std::move(serial));
        return endpoints;
    }
    std::vector<const json::value*> ordered = inputs.gateways;
    order_gateways(*inputs.device, ordered);
    for (const json::value* gateway : ordered) {
        const json::array* list = json_array(*gateway, {"spec", "endpoints"});
        if (!list) continue;
        for (const json::value& item : *list) {
            if (!item.is_string() || endpoints.size() == kGatewaysMax) continue;
            std::string seen = endpoint_seen_by_board(std::string(item.get_string()), inputs.host_address);
            if (!seen.empty()) endpoints.push_back(std::move(seen));
        }
    }
    return endpoints;
}

Result<void, std::string> add_token(Parts& parts, const json::value& secret) {
    constexpr std::string_view kPrefix = "enrollment-";
    const std::string name(json_string(secret, {"metadata", "name"}));
    auto token = pki::from_base64(json_string(secret, {"data", "token"}));
    if (!name.starts_with(kPrefix) || !token || token->size() != 32)
        return fail("Secret " + name + ": the name must be enrollment-<id>, data.token 32 bytes");
    parts.token_id = name.substr(kPrefix.size());
    parts.token = std::move(*token);
    return {};
}

Result<Blob, std::string> encode(const Parts& parts) {
    const std::vector<Bytes> roots(parts.roots.begin(), parts.roots.end());
    std::vector<proto::ManifestKey> keys;
    for (const Parts::Key& key : parts.keys) {
        proto::ManifestKey& out = keys.emplace_back();
        out.kid = key.kid;
        std::copy(key.point.begin(), key.point.end(), out.key.begin());
    }
    const std::vector<std::string_view> gateways(parts.gateways.begin(), parts.gateways.end());
    proto::Provision provision;
    provision.name = parts.name;
    provision.uid = parts.uid;
    provision.roots = std::span<const Bytes>(roots);
    provision.manifest_keys = std::span<const proto::ManifestKey>(keys);
    provision.gateways = std::span<const std::string_view>(gateways);
    provision.token = {parts.token_id, parts.token};
    Blob out(proto::kProvisionBytesMax);
    const auto encoded = proto::encode_provision(out, provision);
    if (!encoded) return fail(std::string("the factory data does not fit provision.cddl (4,096 bytes in all)"));
    out.resize(encoded->size());
    return out;
}

}  // namespace

std::string serial_endpoint(const json::value& device, std::vector<const json::value*> gateways) {
    order_gateways(device, gateways);
    for (const json::value* gateway : gateways) {
        if (const auto serial = json_string(*gateway, {"status", "serial"}); !serial.empty())
            return std::string(serial);
    }
    return {};
}

std::string missing_for_factory(const FactoryInputs& inputs) {
    if (!inputs.trust) return "the ConfigMap wasmbed-trust, which the controller writes";
    if (inputs.serial_link && endpoints_of(inputs).empty())
        return "a Gateway with status.serial, which the gateway writes when it listens for serial bridges";
    if (endpoints_of(inputs).empty()) return "a Gateway with spec.endpoints, which the gateway writes when it starts";
    const bool has_identity = json_find(*inputs.device, {"status", "identity"}) != nullptr;
    if (!inputs.token_secret && !has_identity) return "the enrollment token, which the controller makes";
    return {};
}

Result<Blob, std::string> make_factory_partition(const FactoryInputs& inputs) {
    Parts parts;
    const json::value& device = *inputs.device;
    parts.name = std::string(json_string(device, {"metadata", "namespace"})) + "/" +
                 std::string(json_string(device, {"metadata", "name"}));
    // Where the token is the key for good, its id is the uid: it is not written twice, room is scarce there.
    if (!inputs.psk) parts.uid = json_string(device, {"metadata", "uid"});
    auto roots = parse_roots(json_string(*inputs.trust, {"data", "service-ca.pem"}));
    if (!roots) return fail(roots.error());
    if (!inputs.psk) parts.roots = std::move(*roots);
    auto keys = parse_keys(json_string(*inputs.trust, {"data", "manifest-keys.json"}));
    if (!keys) return fail(keys.error());
    parts.keys = std::move(*keys);
    parts.gateways = endpoints_of(inputs);
    if (inputs.token_secret) {
        if (auto added = add_token(parts, *inputs.token_secret); !added) return fail(added.error());
    }
    auto partition = encode(parts);
    if (partition && inputs.psk && partition->size() > proto::kPskProvisionBytesMax)
        return fail("the factory data takes " + std::to_string(partition->size()) +
                    " bytes, a board with a pre-shared key has room for " +
                    std::to_string(proto::kPskProvisionBytesMax) + ": namespace and name of the Device, " +
                    std::to_string(parts.name.size()) + " characters, must be shorter");
    return partition;
}

std::string endpoint_seen_by_board(const std::string& endpoint, const std::string& host_address) {
    const std::size_t colon = endpoint.rfind(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == endpoint.size()) return {};
    const std::string host = endpoint.substr(0, colon);
    const bool loopback = host == "localhost" || host == "[::1]" || host.starts_with("127.");
    return (loopback ? host_address : host) + endpoint.substr(colon);
}

}  // namespace wasmbed::emulator
