// The gateways that there are, and which of them a device should know.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "host/base/task_group.hpp"
#include "host/fleet/device.hpp"
#include "host/kube/informer.hpp"

namespace wasmbed::gateway {

/// A Gateway object, as far as devices are concerned.
struct KnownGateway {
    std::string name;
    bool ready = false;
    std::vector<std::string> endpoints;

    bool operator==(const KnownGateway&) const = default;
};

/// Desired.gateways of a device, in the order it tries them: the one it prefers, this one (`self`), the other ready
/// ones in an order of the device's own, so that a dead gateway's devices spread over the rest, and those that are not
/// ready. At most four, which is what a device keeps. An emulated board is not told loopback addresses, which mean
/// itself to it: it keeps the list that the emulator gave it. Pure.
std::vector<std::string> gateways_for(const fleet::Device& device, std::span<const KnownGateway> gateways,
                                      std::string_view self);

/// Follows the Gateway objects of one namespace. One event loop's.
class GatewayDirectory {
  public:
    GatewayDirectory(kube::Client& client, std::string ns, std::string self);

    void start(TaskGroup& tasks) { tasks.spawn("informer gateways", informer_.run()); }
    kube::Informer& informer() { return informer_; }

    /// Called when what devices should know may have changed.
    void on_change(std::function<void()> callback) { changed_ = std::move(callback); }
    std::vector<std::string> for_device(const fleet::Device& device) const;

  private:
    void refresh();

    std::string self_;
    kube::Informer informer_;
    std::vector<KnownGateway> gateways_;  ///< by name
    std::function<void()> changed_;
};

}  // namespace wasmbed::gateway
