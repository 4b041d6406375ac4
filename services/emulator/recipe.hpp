// How one kind of board is emulated: device/boards/<name>/emulator.json (docs/reference/objects.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "host/board/device_tree.hpp"

namespace wasmbed::emulator {

/// The parts of a recipe. Placeholders in `args` are still in braces.
struct Recipe {
    enum class Kind { qemu, process };
    Kind kind = Kind::qemu;
    std::string binary;        ///< program to run; for `process` empty: the firmware file itself
    std::string min_version;   ///< lowest version of `binary` that works, "7.2"; empty: any
    std::string host_address;  ///< what the board calls the machine it runs on
    std::vector<std::string> args;
    bool entropy_pipe =
        false;  ///< a pair of links named `<entropy>.in` (/dev/urandom) and `<entropy>.out` (/dev/null) is wanted
    board::Storage store;  ///< bytes 0: as the device tree has it
    /// The store is behind a secure element (docs/reference/secure-element.md), not in the board's memory.
    struct SecureElement {
        std::uint16_t erase_block = 0;
        std::uint8_t program_unit = 0;
    };
    std::optional<SecureElement> secure_element;
    bool psk = false;             ///< no certificates on this board: the enrollment token is its pre-shared key
    bool serial_link = false;     ///< reaches its gateway over a UART, which is connected to the gateway's serial port
    std::string firmware_suffix;  ///< "elf" or "bin"
};

/// Reads a recipe. The error names the member that is wrong and what would be right.
Result<Recipe, std::string> parse_recipe(std::string_view text);

/// Files of one board under `firmware_dir`, where the build leaves them.
struct BoardFiles {
    Recipe recipe;
    std::filesystem::path firmware;
    board::DeviceTree tree;  ///< empty for a board without one (sim)
};

/// Loads recipe and device tree of `board` and checks that its firmware is there; `recipe.store` is filled in. The
/// error says which boards are known, or what to build.
Result<BoardFiles, std::string> load_board(const std::filesystem::path& firmware_dir, const std::string& board);

/// Replaces each `{name}` of `argument` by its value. An unknown name is an error.
Result<std::string, std::string> fill_placeholders(std::string_view argument,
                                                   const std::map<std::string, std::string>& values);

/// True iff version `found` ("7.2.22") is `wanted` ("7.2") or later, number by number.
bool version_at_least(std::string_view found, std::string_view wanted);

/// The first dotted number of a program's `--version` text ("QEMU emulator version 7.2.22 (Debian ..."), or empty.
std::string find_version(std::string_view text);

}  // namespace wasmbed::emulator
