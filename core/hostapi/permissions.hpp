// Permissions as a manifest lists them. Everything that is not listed is denied.
//
//   led:<n>               LED number n, decimal without leading zeros; led:* is every LED
//   storage:<prefix>*     own keys that begin with prefix (which may be empty); without the star: exactly that key
//   sensor:<name>         the sensor of that name in the board's device tree; sensor:<prefix>* is several
//   gpio:<pin>:in         reading pin number `pin`; gpio:<pin>:out is driving it
//   i2c:<bus>:<address>   one device on I2C bus number `bus`, as in i2c:0:0x48; i2c:<bus>:* is every device on it
//   spi:<bus>:<select>    one device on SPI bus number `bus`, as in spi:0:0; spi:<bus>:* is every device on it
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace wasmbed::hostapi {

enum class PermissionKind : std::uint8_t { None, Led, Storage, Sensor, Gpio, I2c, Spi };

/// One permission string, taken apart. Views into the string it was parsed from.
struct Permission {
    PermissionKind kind;
    std::string_view subject;  ///< What follows the first colon, without the star.
    bool wildcard;             ///< The subject ended in a star.

    /// True iff this permission covers `wanted` ("0" for LED 0, a key for storage, "3:out" for a pin, "0:0x48" for
    /// I2C).
    [[nodiscard]] bool covers(std::string_view wanted) const;
};

/// Takes one permission apart as a device does, whose manifest is signed by a controller that parsed them all: nothing
/// when the kind is unknown, but what the subject says is not checked. Malformed, it covers what its letters match.
std::optional<Permission> split_permission(std::string_view text);

/// The same, and nothing when the subject is malformed: what may get into a manifest.
std::optional<Permission> parse_permission(std::string_view text);

/// What stands before the first colon: "led". Empty for None.
std::string_view name_of(PermissionKind kind);

/// How a permission of this kind is written, for messages: "led:<n> or led:*". Empty for None.
std::string_view grammar_of(PermissionKind kind);

}  // namespace wasmbed::hostapi
