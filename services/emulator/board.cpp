#include "services/emulator/board.hpp"

#include <algorithm>
#include <cmath>
#include <fcntl.h>
#include <fmt/format.h>
#include <iterator>

#include "host/base/log.hpp"
#include "host/pki/openssl_crypto.hpp"
#include "host/process/pid_file.hpp"
#include "host/process/wait.hpp"
#include "services/emulator/board_store.hpp"
#include "services/emulator/program_version.hpp"

namespace wasmbed::emulator {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;
using State = BoardStatus::State;

constexpr seconds kLeftoverEndLimit{5};
constexpr milliseconds kLeftoverLookAgain{10};
constexpr seconds kRetryAfterFailure{30};  // a missing program or firmware may have been installed meanwhile
constexpr seconds kConsoleOpenLimit{10};
constexpr seconds kSoon{5};  // a program that ran longer has not failed to start
constexpr unsigned kQuickEndsMax = 3;
constexpr double kSimulatedSensorMax = 1e6;

// 64 ns per instruction (15.6 million a second), and a sleeping processor's time jumps to what it waits for.
constexpr const char* kFastClockOptions[] = {"-icount", "shift=6,sleep=off"};

// A path inside a QEMU option, where a comma is doubled.
std::string option_value(const std::filesystem::path& path, Recipe::Kind kind) {
    std::string value;
    for (char c : path.string()) value += c == ',' && kind == Recipe::Kind::qemu ? ",," : std::string(1, c);
    return value;
}

// A MAC address of the board's own: locally administered (IEEE 802-2014, 8.2), from the Device's uid, so that it stays.
std::string mac_address(const std::string& uid) {
    const std::string digest = pki::sha256_hex(bytes_of(uid));
    std::string mac = "02";
    for (std::size_t at = 0; at < 10; at += 2) mac += ":" + digest.substr(at, 2);
    return mac;
}

// The store is mapped into QEMU's memory, and its file sparse.
std::string hint_for(const ExitStatus& status) {
    if (!status.signalled || status.code != SIGBUS) return {};
    return ": its store cannot be read or written; look at the disk of the data folder, and whether it is full";
}

}  // namespace

std::string_view name_of(State state) {
    switch (state) {
        case State::stopped:
            return "Stopped";
        case State::starting:
            return "Starting";
        case State::running:
            return "Running";
        case State::failed:
            return "Failed";
    }
    return "Failed";
}

EmulatedBoard::EmulatedBoard(IoContext& io, BoardIdentity identity, std::filesystem::path firmware_dir,
                             FactoryData factory, SerialEndpoint serial_endpoint, std::function<void()> on_change)
    : io_(io),
      identity_(std::move(identity)),
      firmware_dir_(std::move(firmware_dir)),
      factory_(std::move(factory)),
      serial_endpoint_(std::move(serial_endpoint)),
      on_change_(std::move(on_change)),
      tasks_(io),
      changed_(io),
      status_changed_(io),
      console_(io, identity_.folder / board_file::kConsoleLog),
      input_(io),
      events_(io) {}

EmulatedBoard::~EmulatedBoard() = default;

void EmulatedBoard::start() {
    tasks_.spawn("board " + identity_.ns + "/" + identity_.name, run());
}

Task<> EmulatedBoard::stop() {
    co_await tasks_.stop();
    if (run_tasks_) co_await run_tasks_->stop();
    input_.close();
    const bool was_running = static_cast<bool>(child_);
    co_await end_child(child_, {});  // The store is made for power cuts; there is nothing to shut down in order.
    std::error_code ignored;
    std::filesystem::remove(identity_.folder / board_file::kPid, ignored);
    gone_ = true;
    if (was_running) events_.add("exited", {{"how", "stopped"}});
    console_.wake_viewers();
    set_status(State::stopped, 0, {});
}

void EmulatedBoard::power_on() {
    powered_ = true;
    changed_.notify_all();
}

void EmulatedBoard::power_off() {
    powered_ = false;
    if (child_) child_.signal(SIGKILL);
    changed_.notify_all();
}

Task<> EmulatedBoard::await_start(SteadyClock::duration limit) {
    const auto end = SteadyClock::now() + limit;
    while (powered_ && !child_ && status_.state != State::failed && SteadyClock::now() < end)
        co_await finish_by(status_changed_.wait(), end);
}

std::string EmulatedBoard::not_running() const {
    return powered_ ? "the board has not started yet; try again in a moment" : "the board is off";
}

Task<Result<void, std::string>> EmulatedBoard::reset(OpContext context) {
    if (!child_) co_return fail(not_running());
    if (files_.recipe.kind == Recipe::Kind::process) {
        events_.add("reset", {{"by", "button"}});
        child_.signal(SIGKILL);
        co_return Result<void, std::string>{};
    }
    const std::shared_ptr<Machine> machine = machine_;
    co_return co_await machine->reset(context);
}

Result<std::shared_ptr<Machine>, std::string> EmulatedBoard::machine_with(std::string_view part) const {
    if (!child_) return fail(not_running());
    if (!machine_)
        return fail("board " + identity_.board + " is a process, not an emulated chip: it has no " + std::string(part));
    return machine_;
}

/// A process reads what is around it from a file; the signal does nothing to one that does not listen for it yet.
Result<void, std::string> EmulatedBoard::tell_process() {
    auto written = write_surroundings(identity_.folder / board_file::kSurroundings, surroundings_);
    if (written && child_) child_.signal(SIGURG);
    return written;
}

Task<Result<std::map<unsigned, bool>, std::string>> EmulatedBoard::read_leds(OpContext context) {
    auto machine = machine_with("LED register to read");
    if (!machine) co_return fail(machine.error());
    if (files_.tree.leds.empty()) co_return fail("board " + identity_.board + " has no LEDs");
    co_return co_await (*machine)->read_leds(context);
}

Task<Result<std::map<std::string, double>, std::string>> EmulatedBoard::read_sensors(OpContext context) {
    if (child_ && is_process()) {
        std::map<std::string, double> values = surroundings_.sensors;
        for (const board::Sensor& sensor : files_.tree.sensors) values.try_emplace(sensor.name, 0.0);
        co_return values;
    }
    auto machine = machine_with("sensors");
    if (!machine) co_return fail(machine.error());
    co_return co_await (*machine)->read_sensors(context);
}

Task<Result<void, std::string>> EmulatedBoard::set_sensor(std::string name, double value, OpContext context) {
    if (child_ && is_process()) {
        if (auto there = find_sensor(files_.tree, name); !there) co_return fail(there.error());
        if (std::abs(value) > kSimulatedSensorMax)
            co_return fail(fmt::format("{} is out of range for the sensor {}", value, name));
    } else {
        auto machine = machine_with("sensors");
        if (!machine) co_return fail(machine.error());
        auto done = co_await (*machine)->set_sensor(name, value, context);
        if (!done) co_return done;
    }
    surroundings_.sensors[name] = value;
    events_.add("sensor", {{"name", name}, {"value", value}});
    if (is_process()) co_return tell_process();
    co_return Result<void, std::string>{};
}

Task<Result<void, std::string>> EmulatedBoard::set_link(bool plugged, milliseconds delay, OpContext context) {
    if (!child_) co_return fail(not_running());
    surroundings_.cable_plugged = plugged;
    surroundings_.delay = delay;
    auto done = co_await apply_link(context);
    if (done) events_.add("link", {{"plugged", plugged}, {"delayMs", delay.count()}});
    if (plugged && surroundings_.fast_clock) set_fast_clock(false);
    co_return done;
}

Task<Result<void, std::string>> EmulatedBoard::apply_link(OpContext context) {
    if (serial_line_) {
        serial_line_->set(!surroundings_.cable_plugged, surroundings_.delay);
        co_return Result<void, std::string>{};
    }
    const std::shared_ptr<Machine> machine = machine_;
    if (!machine) co_return tell_process();
    co_return co_await machine->apply_link(context);
}

Task<Result<void, std::string>> EmulatedBoard::set_clock(bool fast) {
    if (!child_) co_return fail(not_running());
    if (fast && surroundings_.cable_plugged)
        co_return fail(
            "a fast clock needs a cut link, since nothing outside keeps up with it: wasmbed device link cut " +
            identity_.name);
    if (fast && secure_element_)
        co_return fail(
            std::string("a fast clock would pass this board's storage by: its secure element answers in real time"));
    if (fast != surroundings_.fast_clock) set_fast_clock(fast);
    co_return Result<void, std::string>{};
}

/// QEMU counts instructions from its start on, or never.
void EmulatedBoard::set_fast_clock(bool fast) {
    surroundings_.fast_clock = fast;
    events_.add("clock", {{"fast", fast}});
    if (is_process()) {
        (void)tell_process();
    } else {
        quick_ends_ = 0;  // this end is none of its own
        child_.signal(SIGKILL);
    }
}

void EmulatedBoard::set_status(State state, pid_t pid, std::string message, std::string reason) {
    BoardStatus next{state, pid, std::move(message), std::move(reason)};
    if (next == status_) return;
    if (next.state == State::failed) {
        log_warn("a board does not run", {{"device", identity_.ns + "/" + identity_.name}, {"why", next.message}});
        events_.add("failed", {{"why", next.message}});
    }
    status_ = std::move(next);
    status_changed_.notify_all();
    on_change_();
}

Task<> EmulatedBoard::wait_for_change(SteadyClock::duration limit) {
    co_await finish_by(changed_.wait(), SteadyClock::now() + limit);
}

Task<> EmulatedBoard::run() {
    Backoff backoff(milliseconds(200), seconds(30), kSoon);
    for (;;) {
        while (!powered_) {
            set_status(State::stopped, 0, "power is off");
            co_await changed_.wait();
        }
        set_status(State::starting, 0, {});
        auto prepared = co_await prepare();
        auto child = prepared ? launch() : fail(prepared.error());
        if (!child) {
            set_status(State::failed, 0, child.error(), failure_reason_);
            co_await wait_for_change(kRetryAfterFailure);
            continue;
        }
        const auto started = SteadyClock::now();
        co_await run_once(std::move(*child));
        if (powered_) {
            co_await pause_after(SteadyClock::now() - started, backoff);
        } else {
            backoff.reset();
            quick_ends_ = 0;
        }
    }
}

// A program that ends soon again and again does not run, whatever its state is at this moment: that is a failure.
Task<> EmulatedBoard::pause_after(SteadyClock::duration ran, Backoff& backoff) {
    quick_ends_ = ran < kSoon ? quick_ends_ + 1 : 0;
    const milliseconds pause = backoff.next(duration_cast<milliseconds>(ran));
    if (quick_ends_ >= kQuickEndsMax)
        set_status(State::failed, 0,
                   fmt::format("ended {} times in a row soon after its start, last with {}; its console says more: "
                               "wasmbed console {}",
                               quick_ends_, how_it_ended_, identity_.name),
                   "CrashLoopBackOff");
    co_await wait_for_change(pause);
}

Task<Result<void, std::string>> EmulatedBoard::prepare() {
    failure_reason_ = "BoardNotUsable";
    auto files = load_board(firmware_dir_, identity_.board);
    if (!files) co_return fail(files.error());
    files_ = std::move(*files);
    const Recipe& recipe = files_.recipe;
    failure_reason_ = "EmulatorNotUsable";
    if (!recipe.binary.empty()) {
        auto usable = co_await find_program(recipe.binary, recipe.min_version, private_programs(firmware_dir_));
        if (!usable) co_return fail(usable.error());
        program_path_ = std::move(*usable);
    }
    failure_reason_ = "LeftoverProcess";
    const bool alone = co_await end_leftover_process();
    if (!alone)
        co_return fail("a process of an earlier run does not end: see " +
                       (identity_.folder / board_file::kPid).string());
    failure_reason_ = "StoreNotUsable";
    const auto provisioned_before = has_store(identity_.folder, identity_.uid, identity_.board, recipe.store,
                                              identity_.is_enrolled && identity_.is_enrolled());
    if (!provisioned_before) co_return fail(provisioned_before.error());
    if (!*provisioned_before) {
        failure_reason_ = "NotProvisioned";
        auto provisioned = co_await provision();
        if (!provisioned) co_return provisioned;
    }
    failure_reason_ = "CannotStart";
    if (is_process()) {
        if (auto told = tell_process(); !told) co_return told;
    }
    if (auto prepared = prepare_run(identity_.folder, recipe); !prepared) co_return prepared;
    if (recipe.serial_link) {
        auto line = co_await start_serial_line();
        if (!line) co_return line;
    }
    co_return start_secure_element();
}

/// The gateway is asked for at each start: it may have moved.
Task<Result<void, std::string>> EmulatedBoard::start_serial_line() {
    const std::string endpoint = co_await serial_endpoint_(
        [this](std::string waits_for) { set_status(State::starting, 0, "waiting for " + waits_for); });
    const std::size_t colon = endpoint.rfind(':');
    serial_host_ = endpoint.substr(0, colon);
    serial_port_ = endpoint.substr(colon + 1);
    serial_line_ = std::make_unique<SerialLine>(io_);
    serial_line_->set(!surroundings_.cable_plugged, surroundings_.delay);
    co_return serial_line_->listen();
}

/// It listens before the board starts, and its serial number stays that of the Device.
Result<void, std::string> EmulatedBoard::start_secure_element() {
    secure_element_.reset();
    const Recipe& recipe = files_.recipe;
    if (!recipe.secure_element) return {};
    const Digest digest = pki::sha256(bytes_of(identity_.uid));
    SecureElement::Serial serial;
    std::copy_n(digest.begin(), serial.size(), serial.begin());
    auto element =
        SecureElement::open(identity_.folder / board_file::kStore,
                            {static_cast<std::uint32_t>(recipe.store.bytes),
                             static_cast<std::uint32_t>(recipe.store.factory_offset + recipe.store.factory_bytes),
                             recipe.secure_element->erase_block, recipe.secure_element->program_unit},
                            serial);
    if (!element) return fail(element.error());
    secure_element_ = std::make_unique<SecureElementServer>(io_, std::move(*element));
    return secure_element_->listen(identity_.folder / board_file::kSecureElementSocket);
}

// What an emulator that was killed left: ended, since nobody holds its console any more. False when it does not go.
Task<bool> EmulatedBoard::end_leftover_process() {
    const auto limit = SteadyClock::now() + kLeftoverEndLimit;
    while (!end_leftover(identity_.folder / board_file::kPid, 0)) {
        if (SteadyClock::now() > limit) co_return false;
        co_await sleep_for(kLeftoverLookAgain);
    }
    co_return true;
}

Task<Result<void, std::string>> EmulatedBoard::provision() {
    auto factory = co_await factory_(
        files_.recipe, [this](std::string waits_for) { set_status(State::starting, 0, "waiting for " + waits_for); });
    if (!factory) co_return fail(factory.error());
    auto created = create_store(identity_.folder, identity_.uid, identity_.board, files_.recipe.store, *factory);
    if (created) events_.add("provisioned", {{"bytes", factory->size()}});
    co_return created;
}

Result<Child, std::string> EmulatedBoard::launch() {
    const Recipe& recipe = files_.recipe;
    const std::map<std::string, std::string> values{
        {"firmware", std::filesystem::absolute(files_.firmware).string()},
        {"store", option_value(identity_.folder / board_file::kStore, recipe.kind)},
        {"console", board_file::kConsoleSocket},
        {"consoleLog", option_value(identity_.folder / board_file::kConsoleLog, recipe.kind)},
        {"qmp", board_file::kQmpSocket},
        {"entropy", board_file::kEntropy},
        {"mac", mac_address(identity_.uid)},
        {"secureElement", board_file::kSecureElementSocket},
        {"serialHost", "127.0.0.1"},
        {"serialPort", serial_line_ ? std::to_string(serial_line_->port()) : ""},
        {"surroundings", (identity_.folder / board_file::kSurroundings).string()},
    };
    SpawnOptions options{.directory = identity_.folder.string()};
    options.argv.push_back(recipe.binary.empty() ? values.at("firmware") : program_path_);
    for (const std::string& argument : recipe.args) {
        auto filled = fill_placeholders(argument, values);
        if (!filled) return fail("recipe of " + identity_.board + ": " + filled.error());
        options.argv.push_back(std::move(*filled));
    }
    if (recipe.kind == Recipe::Kind::qemu)
        std::ranges::move(sensor_options(files_.tree), std::back_inserter(options.argv));
    if (!is_process() && surroundings_.fast_clock)
        options.argv.insert(options.argv.end(), std::begin(kFastClockOptions), std::end(kFastClockOptions));
    // A recipe of a process may name the firmware itself as its first argument.
    if (recipe.binary.empty() && options.argv.size() > 1 && options.argv[1] == options.argv[0])
        options.argv.erase(options.argv.begin());

    // What QEMU says about itself goes where its board's output goes: a wrong option is then seen on the console.
    Fd log(::open(console_.path().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!log) return fail("cannot write " + console_.path().string());
    options.stdout_fd = options.stderr_fd = log.get();
    int pipe_fds[2] = {-1, -1};
    if (recipe.kind == Recipe::Kind::process && ::pipe2(pipe_fds, O_CLOEXEC) != 0)
        return fail(std::string("cannot make a pipe"));
    Fd type_end(pipe_fds[1]);
    Fd read_end(pipe_fds[0]);
    options.stdin_fd = read_end.get();
    console_start_ = console_.current_end();
    program_ = std::filesystem::path(options.argv.front()).filename().string();
    auto child = spawn(options);
    if (!child) return fail(child.error().text());
    write_pid_file(identity_.folder / board_file::kPid, child->pid());
    if (type_end) input_.attach(std::move(type_end));
    return std::move(*child);
}

Task<> EmulatedBoard::open_console() {
    // QEMU makes its socket a few milliseconds after it was started; nothing announces it.
    const auto limit = SteadyClock::now() + kConsoleOpenLimit;
    while (!input_.connect(identity_.folder / board_file::kConsoleSocket)) {
        if (SteadyClock::now() > limit) co_return;
        co_await sleep_for(milliseconds(10));
    }
    co_await input_.drain();
}

void EmulatedBoard::on_machine_event(const json::value& event) {
    if (json_string(event, {"event"}) == "RESET")
        events_.add("reset", {{"by", json_bool(event, {"data", "guest"}) ? "firmware" : "button"}});
}

Task<> EmulatedBoard::run_once(Child started) {
    child_ = std::move(started);
    events_.add("started", {{"pid", child_.pid()}, {"program", program_}, {"console", console_start_}});
    set_status(State::running, child_.pid(), {});
    run_tasks_ = std::make_unique<TaskGroup>(io_);
    run_tasks_->spawn("console log", console_.follow());
    if (serial_line_) run_tasks_->spawn("serial line", serial_line_->serve(serial_host_, serial_port_));
    if (secure_element_) run_tasks_->spawn("secure element", secure_element_->serve());
    if (files_.recipe.kind == Recipe::Kind::qemu) {
        run_tasks_->spawn("console", open_console());
        machine_ = std::make_shared<Machine>(io_, files_.tree, surroundings_, !files_.recipe.serial_link,
                                             [this](const json::value& event) { on_machine_event(event); });
        run_tasks_->spawn("monitor", machine_->run(identity_.folder / board_file::kQmpSocket));
    }
    const ExitStatus status = co_await wait_for_exit(child_);
    co_await run_tasks_->stop();
    machine_.reset();
    input_.close();
    std::error_code ignored;
    std::filesystem::remove(identity_.folder / board_file::kPid, ignored);
    events_.add("exited", {{"how", powered_ ? status.text() : "power off"}});
    how_it_ended_ = status.text() + hint_for(status);
    if (powered_ && quick_ends_ + 1 < kQuickEndsMax)
        set_status(State::starting, 0, "ended with " + how_it_ended_ + "; starting again");
}

}  // namespace wasmbed::emulator
