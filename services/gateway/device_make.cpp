#include "services/gateway/device_make.hpp"

#include <algorithm>

namespace wasmbed::gateway {
namespace {

json::object to_json(const proto::Capacity& capacity) {
    json::array features;
    for (const std::string_view feature : capacity.features) features.emplace_back(feature);
    return {{"ram", capacity.app_ram_bytes},
            {"flash", capacity.store_bytes},
            {"features", std::move(features)},
            {"apps", capacity.apps_max},
            {"moduleBytes", capacity.module_bytes_max}};
}

}  // namespace

DeviceMakePtr MakeTable::share(const proto::Hello& hello) {
    DeviceMake make{.firmware = std::string(hello.firmware),
                    .engine_build = std::string(hello.engine_build),
                    .reset_reason = std::string(hello.reset_reason),
                    .capacity = to_json(hello.capacity)};
    const std::string text = json::serialize(json::array{make.firmware_json(), make.capacity});
    if (const auto known = makes_.find(text); known != makes_.end()) {
        if (auto shared = known->second.lock()) return shared;
    }
    if (makes_.size() >= swept_size_) {
        std::erase_if(makes_, [](const auto& entry) { return entry.second.expired(); });
        swept_size_ = std::max<std::size_t>(64, makes_.size() * 2);
    }
    auto shared = std::make_shared<const DeviceMake>(std::move(make));
    makes_[text] = shared;
    return shared;
}

}  // namespace wasmbed::gateway
