#include "services/emulator/fleet.hpp"

#include <optional>

#include "host/base/log.hpp"
#include "host/fleet/condition.hpp"
#include "host/process/pid_file.hpp"
#include "services/emulator/board_store.hpp"
#include "services/emulator/factory.hpp"

namespace wasmbed::emulator {
namespace {

namespace fs = std::filesystem;

constexpr char kTrustConfigMap[] = "wasmbed-trust";
constexpr char kDeviceLabel[] = "wasmbed.io/device";
constexpr std::size_t kMessageBytesMax = 1024;  // schema of Device.status.emulation.message

/// What of a Device's NAMESPACE/NAME: all namespaces, and every name, when there is none.
std::string namespace_in(const std::string& device) {
    return device.substr(0, std::min(device.find('/'), device.size()));
}
kube::InformerOptions name_in(const std::string& device) {
    if (device.empty()) return {};
    return {.label_selector = {}, .field_selector = "metadata.name=" + device.substr(device.find('/') + 1)};
}

json::object emulation_status(const BoardStatus& status, const std::string& console_url) {
    json::object object{{"state", name_of(status.state)}};
    if (status.pid != 0) object["pid"] = status.pid;
    if (!status.message.empty()) object["message"] = status.message.substr(0, kMessageBytesMax);
    object["console"] = console_url;
    return object;
}

// The condition Emulated, for people and their tools; nothing while it is not decided.
std::optional<fleet::Condition> emulated_condition(const json::value& device, const BoardStatus& status) {
    fleet::Condition condition;
    condition.type = "Emulated";
    condition.observed_generation = json_int(device, {"metadata", "generation"});
    condition.message = status.message;
    switch (status.state) {
        case BoardStatus::State::starting:
            return std::nullopt;
        case BoardStatus::State::running:
            condition.status = fleet::ConditionStatus::True;
            condition.reason = "Running";
            return condition;
        case BoardStatus::State::stopped:
        case BoardStatus::State::failed:
            break;
    }
    condition.status = fleet::ConditionStatus::False;
    condition.reason = status.reason.empty() ? "Stopped" : status.reason;
    return condition;
}

// What to change in the Device; an empty object: nothing. `conditions` has several writers, so a change of it counts
// only for the version that was read.
json::object status_patch(const json::value& device, const BoardStatus& status, const std::string& console_url) {
    const json::object* present = json_object(device, {"status", "emulation"});
    const json::object emulation =
        make_merge_patch(present ? *present : json::object{}, emulation_status(status, console_url));
    json::object patch;
    if (!emulation.empty()) patch["status"] = {{"emulation", emulation}};
    std::vector<fleet::Condition> conditions = fleet::conditions_from_json(device);
    const std::vector<fleet::Condition> before = conditions;
    const auto emulated = emulated_condition(device, status);
    if (emulated) fleet::set_condition(conditions, *emulated, WallClock::now());
    if (conditions == before) return patch;
    if (!patch.contains("status")) patch["status"] = json::object{};
    patch["status"].as_object()["conditions"] = fleet::conditions_to_json(conditions);
    patch["metadata"] = {{"resourceVersion", json_string(device, {"metadata", "resourceVersion"})}};
    return patch;
}

std::vector<fs::path> folders_in(const fs::path& path) {
    std::vector<fs::path> folders;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(path, error)) {
        if (entry.is_directory(error)) folders.push_back(entry.path());
    }
    return folders;
}

}  // namespace

bool wants_emulation(const json::value& device) {
    return json_bool(device, {"spec", "emulation", "enabled"});
}

BoardFleet::BoardFleet(IoContext& io, kube::Client& client, const EmulatorOptions& options, ConsoleUrl console_url)
    : io_(io),
      client_(client),
      options_(options),
      console_url_(std::move(console_url)),
      devices_(client, kube::kDevices, namespace_in(options.device), name_in(options.device)),
      gateways_(client, kube::kGateways, options.roles_namespace),
      config_maps_(client, kube::kConfigMaps, options.roles_namespace),
      secrets_(client, kube::kSecrets, "", {.label_selector = kDeviceLabel, .field_selector = {}}),
      reconciler_(io, "emulation", [this](kube::ObjectKey key) { return reconcile(std::move(key)); }, {.workers = 8}),
      inputs_changed_(io) {
    devices_.on_change([this](const kube::ObjectKey& key, const auto&, const auto&) {
        reconciler_.enqueue(key);
        inputs_changed_.notify_all();
    });
    for (kube::Informer* informer : {&gateways_, &config_maps_, &secrets_})
        informer->on_change([this](const auto&, const auto&, const auto&) { inputs_changed_.notify_all(); });
}

void BoardFleet::start(TaskGroup& tasks) {
    tasks.spawn("devices", devices_.run());
    tasks.spawn("gateways", gateways_.run());
    tasks.spawn("config maps", config_maps_.run());
    tasks.spawn("secrets", secrets_.run());
    tasks.spawn("sweep", sweep());
    tasks.spawn("reconciler", reconciler_.run());
}

// What an emulator that was killed, or Devices that were deleted meanwhile, left in the data folder.
Task<> BoardFleet::sweep() {
    co_await devices_.wait_synced();
    for (const fs::path& ns : folders_in(fs::path(options_.data_dir) / "devices")) {
        for (const fs::path& folder : folders_in(ns)) {
            const kube::ObjectKey key{ns.filename().string(), folder.filename().string()};
            if (boards_.contains(key)) continue;
            // Its end is not waited for: what starts in this folder does.
            (void)end_leftover(folder / board_file::kPid, 0);
            if (devices_.get(key)) continue;
            log_info("removed the folder of a deleted device", {{"device", key.text()}});
            std::error_code ignored;
            fs::remove_all(folder, ignored);
        }
    }
}

fs::path BoardFleet::folder_of(const kube::ObjectKey& key) const {
    return fs::absolute(fs::path(options_.data_dir) / "devices" / key.ns / key.name);
}

Task<kube::ReconcileResult> BoardFleet::reconcile(kube::ObjectKey key) {
    const kube::ObjectPtr device = devices_.get(key);
    const bool wanted = device && wants_emulation(*device);
    if (const auto board = find(key)) {
        const bool same_device = device && json_string(*device, {"metadata", "uid"}) == board->identity().uid;
        const bool same_board = device && json_string(*device, {"spec", "board"}) == board->identity().board;
        if (!wanted || !same_device || !same_board) co_await retire(key, !same_device);
    }
    if (wanted && !boards_.contains(key)) launch(key, *device);
    co_return co_await write_status(key);
}

Task<> BoardFleet::retire(const kube::ObjectKey& key, bool remove_folder) {
    const std::shared_ptr<EmulatedBoard> board = find(key);
    boards_.erase(key);
    co_await board->stop();
    if (remove_folder) {
        std::error_code ignored;
        fs::remove_all(board->identity().folder, ignored);
    }
    log_info("board stopped", {{"device", key.text()}});
}

void BoardFleet::launch(const kube::ObjectKey& key, const json::value& device) {
    BoardIdentity identity{key.ns,
                           key.name,
                           std::string(json_string(device, {"metadata", "uid"})),
                           std::string(json_string(device, {"spec", "board"})),
                           folder_of(key),
                           [this, key] {
                               const kube::ObjectPtr present = devices_.get(key);
                               return present && json_find(*present, {"status", "identity"});
                           }};
    auto factory = [this, key](Recipe recipe, std::function<void(std::string)> progress) {
        return factory_data(key, std::move(recipe), std::move(progress));
    };
    auto serial = [this, key](std::function<void(std::string)> progress) {
        return serial_endpoint_of(key, std::move(progress));
    };
    auto board = std::make_shared<EmulatedBoard>(io_, std::move(identity), options_.firmware_dir, std::move(factory),
                                                 std::move(serial), [this, key] { reconciler_.enqueue(key); });
    boards_[key] = board;
    board->start();
}

Task<kube::ReconcileResult> BoardFleet::write_status(kube::ObjectKey key) {
    const kube::ObjectPtr device = devices_.get(key);
    if (!device) co_return kube::ReconcileResult::done();
    if (!find(key) && !json_find(*device, {"status", "emulation"})) co_return kube::ReconcileResult::done();
    co_return co_await write_status(key, *device);
}

Task<kube::ReconcileResult> BoardFleet::write_status(kube::ObjectKey key, json::value device) {
    const auto board = find(key);
    const json::object patch = status_patch(device, board ? board->status() : BoardStatus{}, console_url_(key));
    if (patch.empty()) co_return kube::ReconcileResult::done();
    auto written = co_await client_.patch_status(kube::kDevices, key.ns, key.name, json::value(patch));
    if (!written && !written.error().not_found()) co_return kube::ReconcileResult::retry(written.error());
    co_return kube::ReconcileResult::done();
}

kube::ObjectPtr BoardFleet::token_secret_of(const json::value& device) const {
    for (const kube::ObjectPtr& secret : secrets_.list(json_string(device, {"metadata", "namespace"}))) {
        if (json_string(*secret, {"metadata", "labels", kDeviceLabel}) != json_string(device, {"metadata", "name"}))
            continue;
        const json::array* owners = json_array(*secret, {"metadata", "ownerReferences"});
        const bool of_this_device = owners && !owners->empty() &&
                                    json_string(owners->front(), {"uid"}) == json_string(device, {"metadata", "uid"});
        // A token that a public key is bound to serves only the device that has this key.
        if (of_this_device && !json_find(*secret, {"data", "publicKeySha256"})) return secret;
    }
    return nullptr;
}

Task<Result<std::vector<std::uint8_t>, std::string>> BoardFleet::factory_data(
    kube::ObjectKey key, Recipe recipe, std::function<void(std::string)> progress) {
    for (;;) {
        const kube::ObjectPtr device = devices_.get(key);
        if (!device) co_return fail(std::string("the Device is gone"));
        const kube::ObjectPtr trust = config_maps_.get(options_.roles_namespace, kTrustConfigMap);
        const kube::ObjectPtr secret = token_secret_of(*device);
        const std::vector<kube::ObjectPtr> gateways = gateways_.list();
        FactoryInputs inputs{.device = device.get(),
                             .trust = trust.get(),
                             .token_secret = secret.get(),
                             .gateways = {},
                             .host_address = recipe.host_address,
                             .psk = recipe.psk,
                             .serial_link = recipe.serial_link};
        for (const kube::ObjectPtr& gateway : gateways) inputs.gateways.push_back(gateway.get());
        const std::string missing = missing_for_factory(inputs);
        if (missing.empty()) co_return make_factory_partition(inputs);
        progress(missing);
        co_await inputs_changed_.wait();
    }
}

Task<std::string> BoardFleet::serial_endpoint_of(kube::ObjectKey key, std::function<void(std::string)> progress) {
    for (;;) {
        const kube::ObjectPtr device = devices_.get(key);
        const std::vector<kube::ObjectPtr> gateways = gateways_.list();
        std::vector<const json::value*> objects;
        for (const kube::ObjectPtr& gateway : gateways) objects.push_back(gateway.get());
        std::string endpoint = device ? serial_endpoint(*device, std::move(objects)) : std::string();
        if (!endpoint.empty()) co_return endpoint;
        progress("a Gateway that listens for serial bridges");
        co_await inputs_changed_.wait();
    }
}

std::shared_ptr<EmulatedBoard> BoardFleet::find(const kube::ObjectKey& key) const {
    const auto found = boards_.find(key);
    return found == boards_.end() ? nullptr : found->second;
}

std::string BoardFleet::why_absent(const kube::ObjectKey& key) const {
    if (!options_.pod_image.empty()) {
        return "each board runs in a Pod of its own here: status.emulation.console of the Device says where";
    }
    if (!devices_.synced()) return "the emulator has not heard from the API server yet; try again";
    if (!devices_.get(key)) return "there is no Device " + key.text();
    return "Device " + key.text() + " is not emulated: set spec.emulation.enabled to true";
}

Task<> BoardFleet::stop() {
    std::vector<kube::ObjectKey> keys;
    for (const auto& [key, board] : boards_) {
        keys.push_back(key);
        co_await board->stop();
    }
    client_.set_timeout(std::chrono::milliseconds(1'000));
    for (const kube::ObjectKey& key : keys) {
        // Nothing is followed any more: what is known of the Device may be old.
        auto device = co_await client_.get(kube::kDevices, key.ns, key.name);
        if (!device && !device.error().not_found()) break;  // The API server is gone: a restart corrects the status.
        if (device) co_await write_status(key, std::move(*device));
    }
}

}  // namespace wasmbed::emulator
