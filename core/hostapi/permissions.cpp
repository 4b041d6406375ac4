#include "core/hostapi/permissions.hpp"

namespace wasmbed::hostapi {
namespace {

bool is_decimal(std::string_view text) {
    if (text.empty() || text.size() > 5 || (text.size() > 1 && text.front() == '0')) return false;
    for (const char c : text) {
        if (c < '0' || c > '9') return false;
    }
    return true;
}

/// "0x48": two lower-case digits.
bool is_i2c_address(std::string_view text) {
    if (text.size() != 4 || !text.starts_with("0x")) return false;
    for (const char c : text.substr(2)) {
        if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) return false;
    }
    return true;
}

bool is_led(std::string_view subject, bool wildcard) {
    return wildcard ? subject.empty() : is_decimal(subject);
}
bool is_storage(std::string_view, bool) {
    return true;
}
bool is_sensor(std::string_view subject, bool wildcard) {
    return wildcard || !subject.empty();
}
bool is_gpio(std::string_view subject, bool wildcard) {
    const std::size_t colon = subject.find(':');
    if (wildcard || colon == std::string_view::npos) return false;
    const std::string_view direction = subject.substr(colon + 1);
    return is_decimal(subject.substr(0, colon)) && (direction == "in" || direction == "out");
}
bool is_i2c(std::string_view subject, bool wildcard) {
    const std::size_t colon = subject.find(':');
    if (colon == std::string_view::npos || !is_decimal(subject.substr(0, colon))) return false;
    const std::string_view address = subject.substr(colon + 1);
    return wildcard ? address.empty() : is_i2c_address(address);
}

struct Kind {
    std::string_view name;
    PermissionKind kind;
    bool (*well_formed)(std::string_view subject, bool wildcard);
    std::string_view grammar;
};
constexpr Kind kKinds[] = {
    {"led", PermissionKind::Led, is_led, "led:<n> or led:*"},
    {"storage", PermissionKind::Storage, is_storage, "storage:<key> or storage:<prefix>*"},
    {"sensor", PermissionKind::Sensor, is_sensor, "sensor:<name> or sensor:<prefix>*"},
    {"gpio", PermissionKind::Gpio, is_gpio, "gpio:<pin>:in or gpio:<pin>:out"},
    {"i2c", PermissionKind::I2c, is_i2c, "i2c:<bus>:<0x address> or i2c:<bus>:*"},
};

}  // namespace

bool Permission::covers(std::string_view wanted) const {
    return wildcard ? wanted.starts_with(subject) : wanted == subject;
}

std::optional<Permission> parse_permission(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    for (const Kind& row : kKinds) {
        if (text.substr(0, colon) != row.name) continue;
        Permission permission{row.kind, text.substr(colon + 1), false};
        if (permission.subject.ends_with('*')) {
            permission.subject.remove_suffix(1);
            permission.wildcard = true;
        }
        if (!row.well_formed(permission.subject, permission.wildcard)) return std::nullopt;
        return permission;
    }
    return std::nullopt;
}

std::string_view grammar_of(PermissionKind kind) {
    for (const Kind& row : kKinds) {
        if (row.kind == kind) return row.grammar;
    }
    return {};
}

}  // namespace wasmbed::hostapi
