// Where gateways and emulators listen, as they say themselves in their objects; the browser never says.
#pragma once

#include "host/base/task_group.hpp"
#include "host/kube/informer.hpp"

namespace wasmbed::web {

class Addresses {
  public:
    /// `emulator_url`: for what belongs to no Device; may be empty.
    Addresses(kube::Client& client, std::string emulator_url)
        : devices_(client, kube::kDevices, ""),
          gateways_(client, kube::kGateways, ""),
          emulator_url_(std::move(emulator_url)) {}

    void start(TaskGroup& tasks);

    /// "https://host:port"; the error is for people.
    Result<std::string, std::string> gateway(std::string_view ns, std::string_view name) const;
    /// Of the emulator that runs the device.
    Result<std::string, std::string> emulator_of(std::string_view ns, std::string_view device) const;
    /// Of any emulator.
    Result<std::string, std::string> emulator() const;

    const kube::Informer& devices() const { return devices_; }
    const kube::Informer& gateways() const { return gateways_; }

  private:
    kube::Informer devices_;
    kube::Informer gateways_;
    std::string emulator_url_;
};

}  // namespace wasmbed::web
