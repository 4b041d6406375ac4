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

std::optional<PermissionKind> parse_kind(std::string_view text) {
    if (text == "led") return PermissionKind::Led;
    if (text == "storage") return PermissionKind::Storage;
    return std::nullopt;
}

}  // namespace

bool Permission::covers(std::string_view wanted) const {
    return wildcard ? wanted.starts_with(subject) : wanted == subject;
}

std::optional<Permission> parse_permission(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::optional<PermissionKind> kind = parse_kind(text.substr(0, colon));
    if (!kind) return std::nullopt;

    Permission permission{*kind, text.substr(colon + 1), false};
    if (permission.subject.ends_with('*')) {
        permission.subject.remove_suffix(1);
        permission.wildcard = true;
    }
    if (*kind == PermissionKind::Led) {
        const bool well_formed = permission.wildcard ? permission.subject.empty() : is_decimal(permission.subject);
        if (!well_formed) return std::nullopt;
    }
    return permission;
}

}  // namespace wasmbed::hostapi
