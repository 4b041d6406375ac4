// QEMU's machine protocol (docs/interop/qmp-spec in QEMU's sources): one connection for as long as a machine runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "host/base/json.hpp"
#include "host/base/task.hpp"

namespace wasmbed::emulator {

/// Commands to a running QEMU, and what it tells by itself. On the event loop's thread; several callers at a time.
class QmpSession {
  public:
    /// `on_event` gets each event ({"event": "RESET", "data": {...}, ...}).
    QmpSession(IoContext& io, std::function<void(const json::value&)> on_event);
    ~QmpSession();

    /// Connects to `socket`, which QEMU makes some milliseconds after its start, negotiates, and reads until QEMU
    /// closes the connection or this is cancelled. Spawn it once per run of the machine.
    Task<> run(std::filesystem::path socket);

    /// Sends `command` with `arguments` and returns the "return" member of the answer. Waits for the connection first.
    /// The error is for people: no answer within the deadline, the machine ended, or QEMU's own words.
    Task<Result<json::value, std::string>> execute(std::string command, json::object arguments, OpContext context);

  private:
    struct Connection;
    using ConnectionPtr = std::shared_ptr<Connection>;

    Task<ConnectionPtr> open(const std::filesystem::path& socket);
    Task<> send(ConnectionPtr connection, std::string line);
    Task<> ask(std::int64_t id, std::string line);
    void dispatch(const json::value& message);

    IoContext& io_;
    std::function<void(const json::value&)> on_event_;
    Notifier changed_;
    ConnectionPtr connection_;  ///< while commands can be sent
    bool ended_ = false;
    bool sending_ = false;
    std::int64_t last_id_ = 0;
    std::map<std::int64_t, json::value> answers_;  ///< of the commands that wait; null until the answer came
};

/// Reads `count` 32-bit words at physical `address` through the human monitor, as a person at QEMU's prompt would:
/// there is no QMP command for it.
Task<Result<std::vector<std::uint32_t>, std::string>> qmp_read_words(QmpSession& session, std::uint64_t address,
                                                                     unsigned count, OpContext context);

/// The words in the answer of the monitor's `xp /Nwx ADDRESS`: lines of "0000000040028000: 0x00000001 0x00000000".
Result<std::vector<std::uint32_t>, std::string> parse_memory_dump(std::string_view text, unsigned count);

}  // namespace wasmbed::emulator
