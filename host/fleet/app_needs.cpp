#include "host/fleet/app_needs.hpp"

#include <algorithm>
#include <charconv>

#include "core/hostapi/permissions.hpp"

namespace wasmbed::fleet {
namespace {

/// The feature that tells how many LEDs there are (Runtime::list_features), as in "leds:2".
constexpr std::string_view kLedCount = "leds:";

std::string short_of(std::string_view what, std::uint64_t needed, std::int64_t there) {
    auto has = static_cast<std::uint64_t>(std::max<std::int64_t>(there, 0));
    return "needs " + std::to_string(needed) + " bytes " + std::string(what) + " and has " + std::to_string(has) +
           ", so " + std::to_string(needed - has) + " bytes are missing";
}

std::optional<std::uint32_t> number_in(std::string_view text) {
    std::uint32_t number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<std::uint32_t> led_count(const std::vector<std::string>& features) {
    for (const std::string& feature : features) {
        if (feature.starts_with(kLedCount)) return number_in(std::string_view(feature).substr(kLedCount.size()));
    }
    return std::nullopt;
}

std::optional<std::string> lacks_permitted(const std::string& text, const std::vector<std::string>& features) {
    auto permission = hostapi::parse_permission(text);
    if (!permission || permission->kind == hostapi::PermissionKind::Storage) return std::nullopt;
    std::string feature(hostapi::name_of(permission->kind));
    if (std::ranges::find(features, feature) == features.end())
        return "has no " + feature + ", which " + text + " is for";
    if (permission->kind != hostapi::PermissionKind::Led || permission->wildcard) return std::nullopt;
    auto count = led_count(features);
    auto wanted = number_in(permission->subject);
    if (!count || !wanted || *wanted < *count) return std::nullopt;
    return "has no " + text + ": its " + std::to_string(*count) +
           " LEDs are led:0 to led:" + std::to_string(*count - 1);
}

}  // namespace

json::object AppNeeds::to_json() const {
    return {{"ram", ram_bytes},
            {"storage", storage_bytes},
            {"permissions", json::array(permissions.begin(), permissions.end())}};
}

AppNeeds needs_from_json(const json::value& revision) {
    AppNeeds needs;
    auto bytes = [&](std::string_view name) {
        return static_cast<std::uint64_t>(std::max<std::int64_t>(json_int(revision, {"spec", "needs", name}), 0));
    };
    needs.module_bytes =
        static_cast<std::uint64_t>(std::max<std::int64_t>(json_int(revision, {"spec", "module", "size"}), 0));
    needs.ram_bytes = bytes("ram");
    needs.storage_bytes = bytes("storage");
    if (const auto* permissions = json_array(revision, {"spec", "needs", "permissions"})) {
        for (const auto& each : *permissions) {
            if (each.is_string()) needs.permissions.emplace_back(each.get_string());
        }
    }
    return needs;
}

std::optional<std::string> lacking(const AppNeeds& needs, const Capacity& capacity) {
    auto lacks = [](std::uint64_t needed, std::int64_t there) {
        return needed > static_cast<std::uint64_t>(std::max<std::int64_t>(there, 0));
    };
    if (lacks(needs.ram_bytes, capacity.ram)) return short_of("of RAM for apps", needs.ram_bytes, capacity.ram);
    // 0: a device that does not say has no limit of its own but its store.
    std::int64_t module_max = capacity.module_bytes > 0 ? capacity.module_bytes : capacity.flash;
    if (lacks(needs.module_bytes, module_max)) return short_of("for the module", needs.module_bytes, module_max);
    if (lacks(needs.module_bytes + needs.storage_bytes, capacity.flash)) {
        return short_of("of flash for module and storage", needs.module_bytes + needs.storage_bytes, capacity.flash);
    }
    if (capacity.features.empty()) return std::nullopt;
    for (const std::string& permission : needs.permissions) {
        if (auto missing = lacks_permitted(permission, capacity.features)) return missing;
    }
    return std::nullopt;
}

}  // namespace wasmbed::fleet
