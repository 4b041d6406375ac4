// All boards of this emulator: follows Devices, starts and stops boards, writes Device.status.emulation.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "host/kube/informer.hpp"
#include "host/kube/reconciler.hpp"
#include "services/emulator/board.hpp"
#include "services/emulator/emulator.hpp"

namespace wasmbed::emulator {

/// Whether the Device asks for a board. One that is being deleted does too: its board must say that its apps are gone.
bool wants_emulation(const json::value& device);

/// `console_url(key)` is what Device.status.emulation.console says. On the event loop's thread only.
class BoardFleet {
  public:
    using ConsoleUrl = std::function<std::string(const kube::ObjectKey&)>;

    BoardFleet(IoContext& io, kube::Client& client, const EmulatorOptions& options, ConsoleUrl console_url);

    /// Starts to follow the API server, and ends boards of an earlier run that nobody owns any more.
    void start(TaskGroup& tasks);
    /// Switches every board off and says so in its status, as far as the API server answers.
    Task<> stop();

    /// The board of a Device, or null. Shared, because a viewer of its console may outlive it.
    std::shared_ptr<EmulatedBoard> find(const kube::ObjectKey& key) const;
    std::size_t size() const { return boards_.size(); }
    /// Why `find` gave null, for people.
    std::string why_absent(const kube::ObjectKey& key) const;

  private:
    Task<> sweep();
    Task<kube::ReconcileResult> reconcile(kube::ObjectKey key);
    Task<> retire(const kube::ObjectKey& key, bool remove_folder);
    void launch(const kube::ObjectKey& key, const json::value& device);
    Task<kube::ReconcileResult> write_status(kube::ObjectKey key);
    Task<kube::ReconcileResult> write_status(kube::ObjectKey key, json::value device);
    Task<std::string> serial_endpoint_of(kube::ObjectKey key, std::function<void(std::string)> progress);
    Task<Result<std::vector<std::uint8_t>, std::string>> factory_data(kube::ObjectKey key, Recipe recipe,
                                                                      std::function<void(std::string)> progress);
    kube::ObjectPtr token_secret_of(const json::value& device) const;
    std::filesystem::path folder_of(const kube::ObjectKey& key) const;

    IoContext& io_;
    kube::Client& client_;
    EmulatorOptions options_;
    ConsoleUrl console_url_;
    kube::Informer devices_;
    kube::Informer gateways_;
    kube::Informer config_maps_;
    kube::Informer secrets_;
    kube::Reconciler reconciler_;
    Notifier inputs_changed_;
    std::map<kube::ObjectKey, std::shared_ptr<EmulatedBoard>> boards_;
};

}  // namespace wasmbed::emulator
