#include "core/hostapi/permissions.hpp"

#include <cstddef>
#include <iterator>

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
bool is_spi(std::string_view subject, bool wildcard) {
    const std::size_t colon = subject.find(':');
    if (colon == std::string_view::npos || !is_decimal(subject.substr(0, colon))) return false;
    const std::string_view select = subject.substr(colon + 1);
    return wildcard ? select.empty() : is_decimal(select);
}

// In the order of PermissionKind, without None.
constexpr std::string_view kKinds[] = {"led", "storage", "sensor", "gpio", "i2c", "spi"};

/// Apart from the names, so that an image that only takes permissions apart has none of it.
struct Grammar {
    bool (*well_formed)(std::string_view subject, bool wildcard);
    std::string_view text;
};
constexpr Grammar kGrammars[] = {
    {is_led, "led:<n> or led:*"},
    {is_storage, "storage:<key> or storage:<prefix>*"},
    {is_sensor, "sensor:<name> or sensor:<prefix>*"},
    {is_gpio, "gpio:<pin>:in or gpio:<pin>:out"},
    {is_i2c, "i2c:<bus>:<0x address> or i2c:<bus>:*"},
    {is_spi, "spi:<bus>:<select> or spi:<bus>:*"},
};
static_assert(std::size(kKinds) == std::size(kGrammars));

constexpr std::size_t row_of(PermissionKind kind) {
    return static_cast<std::size_t>(kind) - 1;
}
static_assert(row_of(PermissionKind::Spi) == std::size(kKinds) - 1);

}  // namespace

bool Permission::covers(std::string_view wanted) const {
    return wildcard ? wanted.starts_with(subject) : wanted == subject;
}

std::string_view name_of(PermissionKind kind) {
    return kind == PermissionKind::None ? std::string_view{} : kKinds[row_of(kind)];
}

std::optional<Permission> split_permission(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    for (std::size_t row = 0; row < std::size(kKinds); ++row) {
        if (text.substr(0, colon) != kKinds[row]) continue;
        Permission permission{static_cast<PermissionKind>(row + 1), text.substr(colon + 1), false};
        if (permission.subject.ends_with('*')) {
            permission.subject.remove_suffix(1);
            permission.wildcard = true;
        }
        return permission;
    }
    return std::nullopt;
}

std::optional<Permission> parse_permission(std::string_view text) {
    const std::optional<Permission> permission = split_permission(text);
    if (!permission) return std::nullopt;
    const Grammar& grammar = kGrammars[row_of(permission->kind)];
    if (!grammar.well_formed(permission->subject, permission->wildcard)) return std::nullopt;
    return permission;
}

std::string_view grammar_of(PermissionKind kind) {
    return kind == PermissionKind::None ? std::string_view{} : kGrammars[row_of(kind)].text;
}

}  // namespace wasmbed::hostapi
