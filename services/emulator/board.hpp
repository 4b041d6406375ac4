// One emulated board: its process, its power switch, its console.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "host/base/task_group.hpp"
#include "host/process/backoff.hpp"
#include "host/process/spawn.hpp"
#include "services/emulator/console.hpp"
#include "services/emulator/events.hpp"
#include "services/emulator/machine.hpp"
#include "services/emulator/recipe.hpp"
#include "services/emulator/secure_element_server.hpp"
#include "services/emulator/serial_line.hpp"

namespace wasmbed::emulator {

/// What `Device.status.emulation` says.
struct BoardStatus {
    enum class State { stopped, starting, running, failed };
    State state = State::stopped;
    pid_t pid = 0;
    std::string message;
    std::string reason;  ///< of a failure: one CamelCase word, for the condition Emulated (docs/reference/objects.md)
    bool operator==(const BoardStatus&) const = default;
};
std::string_view name_of(BoardStatus::State state);

/// Which board to run, and where.
struct BoardIdentity {
    std::string ns;
    std::string name;
    std::string uid;
    std::string board;
    std::filesystem::path folder;
    /// Whether the device has a certificate by now, and so a key in its store; empty: not known.
    std::function<bool()> is_enrolled = {};
};

/// Gives the content of the factory partition once everything it needs is there; waits until then, telling `progress`
/// what for. `recipe` says how the board reaches the gateway.
using FactoryData = std::function<Task<Result<std::vector<std::uint8_t>, std::string>>(
    Recipe recipe, std::function<void(std::string)> progress)>;

/// Gives "host:port" of the port that a board's serial line is connected to; waits and tells as above.
using SerialEndpoint = std::function<Task<std::string>(std::function<void(std::string)> progress)>;

/// Runs one board until it is stopped: provisions it once, starts it, restarts it after a crash (200 ms doubling to 30
/// s; over at once after 5 s of running; failed after three such ends in a row), switches it off and on. On the event
/// loop's thread, which must be the main thread (its process dies with it).
class EmulatedBoard {
  public:
    /// `serial_endpoint` is asked for boards on a serial line only.
    EmulatedBoard(IoContext& io, BoardIdentity identity, std::filesystem::path firmware_dir, FactoryData factory,
                  SerialEndpoint serial_endpoint, std::function<void()> on_change);
    ~EmulatedBoard();

    /// Starts its work; `stop` ends the process and everything else. The folder stays.
    void start();
    Task<> stop();

    /// Power. Off is a power cut: SIGKILL, now. On after a failure tries again at once.
    void power_on();
    void power_off();
    /// Until it runs or cannot, or is switched off; `limit` at most.
    Task<> await_start(SteadyClock::duration limit);
    /// The reset button; for a process, a power cut and start.
    Task<Result<void, std::string>> reset(OpContext context);

    /// LEDs as the emulated hardware has them, by number.
    Task<Result<std::map<unsigned, bool>, std::string>> read_leds(OpContext context);
    /// Sensors by name, in their units (degrees Celsius); what was set stays while the board is off, and over resets.
    Task<Result<std::map<std::string, double>, std::string>> read_sensors(OpContext context);
    Task<Result<void, std::string>> set_sensor(std::string name, double value, OpContext context);
    /// Makes time go as fast as the emulator can, or as it does outside again; by a power cut, where the emulated chip
    /// cannot do that while it runs. Fast is possible only while the link is cut, and ends when it is restored.
    Task<Result<void, std::string>> set_clock(bool fast);
    /// Network cable or serial line, and a delay of up to `delay` per packet and way; both stay over resets and power
    /// cuts.
    Task<Result<void, std::string>> set_link(bool plugged, std::chrono::milliseconds delay, OpContext context);
    const Surroundings& surroundings() const { return surroundings_; }

    const BoardIdentity& identity() const { return identity_; }
    const BoardStatus& status() const { return status_; }
    ConsoleLog& console() { return console_; }
    ConsoleInput& input() { return input_; }
    EventLog& events() { return events_; }
    /// True after `stop`: nothing more will come, viewers may go.
    bool gone() const { return gone_; }

  private:
    Task<> run();
    Task<Result<void, std::string>> prepare();
    Task<bool> end_leftover_process();
    Task<Result<void, std::string>> provision();
    Result<void, std::string> start_secure_element();
    Task<Result<void, std::string>> start_serial_line();
    std::string not_running() const;  ///< what to tell who wants a board that runs
    Result<std::shared_ptr<Machine>, std::string> machine_with(std::string_view part) const;
    bool is_process() const { return files_.recipe.kind == Recipe::Kind::process; }
    Result<void, std::string> tell_process();
    Task<Result<void, std::string>> apply_link(OpContext context);
    void set_fast_clock(bool fast);
    void on_machine_event(const json::value& event);
    Result<Child, std::string> launch();
    Task<> run_once(Child started);
    Task<> open_console();
    Task<> wait_for_change(SteadyClock::duration limit);
    void set_status(BoardStatus::State state, pid_t pid, std::string message, std::string reason = {});
    Task<> pause_after(SteadyClock::duration ran, Backoff& backoff);

    IoContext& io_;
    BoardIdentity identity_;
    std::filesystem::path firmware_dir_;
    FactoryData factory_;
    SerialEndpoint serial_endpoint_;
    std::function<void()> on_change_;
    TaskGroup tasks_;
    std::unique_ptr<TaskGroup> run_tasks_;  // of the present run of the process
    Notifier changed_;
    Notifier status_changed_;
    BoardFiles files_;
    BoardStatus status_;
    ConsoleLog console_;
    ConsoleInput input_;
    EventLog events_;
    Surroundings surroundings_;
    std::unique_ptr<SecureElementServer> secure_element_;  // of the present run
    std::unique_ptr<SerialLine> serial_line_;              // of the present run; null on boards with a network
    std::string serial_host_;
    std::string serial_port_;
    Child child_;
    std::shared_ptr<Machine> machine_;  // of the present run; null for a process
    std::string program_path_;          // what the recipe's program was found as
    std::string program_;               // of the present run
    std::uint64_t console_start_ = 0;   // where its output starts in the console
    std::string failure_reason_;        // of what is being prepared now, should it fail
    std::string how_it_ended_;          // the last run
    unsigned quick_ends_ = 0;           // runs in a row that ended soon by themselves
    bool powered_ = true;
    bool gone_ = false;
};

}  // namespace wasmbed::emulator
