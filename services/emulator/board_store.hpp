// The folder of one emulated board: DIR/devices/<namespace>/<name>/.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "services/emulator/recipe.hpp"

namespace wasmbed::emulator {

/// Names of the files in a board's folder. QEMU runs with the folder as its working directory and gets them as they
/// are, so that a socket's path is short wherever the data folder lies.
namespace board_file {
inline constexpr char kStore[] = "store.img";
inline constexpr char kConsoleLog[] = "console.log";
inline constexpr char kConsoleSocket[] = "console.sock";
inline constexpr char kQmpSocket[] = "qmp.sock";
inline constexpr char kSecureElementSocket[] = "element.sock";
inline constexpr char kEntropy[] = "entropy";  // with .in and .out
inline constexpr char kSurroundings[] = "surroundings";
inline constexpr char kPid[] = "pid";
inline constexpr char kState[] = "state.json";
}  // namespace board_file

/// Whether the folder holds the store of the Device `uid` (a Device that was deleted and made again is another one), on
/// a board of that name. An error when it does but the store is not whole: that is never mended here, since the
/// device's identity may still be in it. `enrolled`: the device has kept a key in it, so it must be readable; firmware
/// that finds nothing formats it. The error names the file and says what to do.
Result<bool, std::string> has_store(const std::filesystem::path& folder, const std::string& uid,
                                    const std::string& board, const board::Storage& store, bool enrolled);

/// Makes the folder anew, whatever it held, with an erased store and `factory` (at most store.factory_bytes) in its
/// factory partition; records uid and board last, so that a power cut on the way leaves a folder that belongs to
/// nobody. Mode 0700, the store 0600: the partition holds an enrollment token. Blocks on the disk.
Result<void, std::string> create_store(const std::filesystem::path& folder, const std::string& uid,
                                       const std::string& board, const board::Storage& store,
                                       const std::vector<std::uint8_t>& factory);

/// Makes what QEMU needs before each start: entropy links; removes sockets of an earlier run.
Result<void, std::string> prepare_run(const std::filesystem::path& folder, const Recipe& recipe);

}  // namespace wasmbed::emulator
