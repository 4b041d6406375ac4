// The folder that `wasmbed up --data DIR` keeps everything in.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/base/result.hpp"
#include "host/process/fd.hpp"

namespace wasmbed::cli {

/// $WASMBED_DATA, else ~/.wasmbed. The error says that neither is known.
Result<std::filesystem::path, std::string> default_data_folder();

/// Makes the folder (mode 0700) and takes DIR/lock, which one process can hold; it is free again when the descriptor
/// closes, however the process ends. Waits up to a second for a process that is just ending. The error names the
/// process that holds it, or what is wrong with the folder.
Result<Fd, std::string> lock_data_folder(const std::filesystem::path& folder);

/// Ports of `wasmbed up`, all on loopback.
struct Ports {
    static constexpr int kAsBefore = -1;  ///< as stored, else the default
    static constexpr int kAnyFree = 0;    ///< as stored, else any free one
    int apiserver = kAsBefore;
    int devices = kAsBefore;
    int gateway_api = kAsBefore;
    int emulator_api = kAsBefore;
    int dashboard = kAsBefore;
    int serial = kAsBefore;  ///< of the gateway, for serial bridges
    int controller_probes = kAsBefore;
};

/// Replaces kAsBefore and kAnyFree by numbers, those of DIR/ports.json first; a free one is reserved for a minute, time
/// enough for who listens there to start. The error names a port that is out of range or the file.
Result<Ports, std::string> settle_ports(const std::filesystem::path& folder, Ports wanted);

/// Stores settled ports in DIR/ports.json: a port must stay what it was, since devices have the gateway's in their
/// factory partition.
Result<void, std::string> remember_ports(const std::filesystem::path& folder, const Ports& ports);

/// Whether everything can listen. Waits up to three seconds, since the children of an `up` that was killed may still be
/// ending. The error names the first port that stays taken, what it is for, and the option that moves it.
Result<void, std::string> check_ports_free(const Ports& ports);

}  // namespace wasmbed::cli
