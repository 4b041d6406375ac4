#include "services/gateway/gateway_directory.hpp"

#include <algorithm>
#include <functional>

#include "host/fleet/gateway.hpp"

namespace wasmbed::gateway {
namespace {

/// As many as the firmware keeps (device/runtime/uplink).
constexpr std::size_t kGatewaysMax = 4;

bool is_loopback(std::string_view endpoint) {
    return endpoint.starts_with("127.") || endpoint.starts_with("localhost:") || endpoint.starts_with("[::1]:");
}

}  // namespace

std::vector<std::string> gateways_for(const fleet::Device& device, std::span<const KnownGateway> gateways,
                                      std::string_view self) {
    // Lower comes first; a device's own order among equals is by a hash of both names.
    const auto rank = [&](const KnownGateway& gateway) {
        const int group = !gateway.ready                             ? 3
                          : gateway.name == device.preferred_gateway ? 0
                          : gateway.name == self                     ? 1
                                                                     : 2;
        return std::pair{group, std::hash<std::string>{}(gateway.name + "/" + device.meta.uid)};
    };
    std::vector<const KnownGateway*> ordered;
    for (const KnownGateway& gateway : gateways) ordered.push_back(&gateway);
    std::ranges::sort(ordered, {}, [&](const KnownGateway* gateway) { return rank(*gateway); });
    std::vector<std::string> list;
    for (const KnownGateway* gateway : ordered) {
        for (const std::string& endpoint : gateway->endpoints) {
            const bool useless = device.emulated && is_loopback(endpoint);
            if (!useless && list.size() < kGatewaysMax) list.push_back(endpoint);
        }
    }
    return list;
}

GatewayDirectory::GatewayDirectory(kube::Client& client, std::string ns, std::string self)
    : self_(std::move(self)), informer_(client, kube::kGateways, std::move(ns)) {
    informer_.on_change([this](const kube::ObjectKey&, const kube::ObjectPtr&, const kube::ObjectPtr&) { refresh(); });
}

/// Counts in the status change all the time; only what devices are told matters.
void GatewayDirectory::refresh() {
    std::vector<KnownGateway> now;
    for (const kube::ObjectPtr& object : informer_.list()) {
        fleet::Gateway gateway = fleet::gateway_from_json(*object);
        const bool own = gateway.meta.name == self_;
        now.push_back({.name = gateway.meta.name,
                       .ready = !gateway.drain && (own || fleet::condition_is_true(gateway.conditions, "Ready")),
                       .endpoints = std::move(gateway.endpoints)});
    }
    if (now == gateways_) return;
    gateways_ = std::move(now);
    if (changed_) changed_();
}

std::vector<std::string> GatewayDirectory::for_device(const fleet::Device& device) const {
    return gateways_for(device, gateways_, self_);
}

}  // namespace wasmbed::gateway
