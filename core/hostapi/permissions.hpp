// Permissions as a manifest lists them. Everything that is not listed is denied.
//
//   led:<n>            LED number n, decimal without leading zeros; led:* is every LED
//   storage:<prefix>*  own keys that begin with prefix (which may be empty); without the star: exactly that key
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace wasmbed::hostapi {

enum class PermissionKind : std::uint8_t { None, Led, Storage };

/// One permission string, taken apart. Views into the string it was parsed from.
struct Permission {
    PermissionKind kind;
    std::string_view subject;  ///< What follows the colon, without the star.
    bool wildcard;             ///< The subject ended in a star.

    /// True iff this permission covers `subject` ("0" for LED 0, a key for storage).
    [[nodiscard]] bool covers(std::string_view wanted) const;
};

/// Parses one permission. Nothing when the kind is unknown or the subject is malformed; such a permission grants
/// nothing.
std::optional<Permission> parse_permission(std::string_view text);

}  // namespace wasmbed::hostapi
