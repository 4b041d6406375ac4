#include "host/cli/quickstart.hpp"

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <ostream>
#include <sstream>
#include <unistd.h>

#include "host/base/log.hpp"
#include "host/base/role.hpp"
#include "host/base/task_group.hpp"
#include "host/base/time.hpp"
#include "host/cli/apply.hpp"
#include "host/cli/login_link.hpp"
#include "host/cli/role_api.hpp"
#include "host/cli/timeline.hpp"
#include "host/fleet/object_meta.hpp"
#include "host/process/wait.hpp"

namespace wasmbed::cli {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

constexpr char kDevice[] = "board-1";
constexpr seconds kOnceLimit{120};
constexpr seconds kUpStopLimit{30};
constexpr seconds kTryAgain{1};
constexpr seconds kRemovalLimit{30};
constexpr std::chrono::milliseconds kLookAgain{50};
constexpr std::chrono::hours kIdleLimit{24};

std::vector<std::string> up_arguments(const UpOptions& up, int ready_fd) {
    const auto port = [](int number) { return std::to_string(number); };
    std::vector<std::string> argv{"wasmbed",     "up",
                                  "--data",      up.data.string(),
                                  "--firmware",  up.firmware_dir.string(),
                                  "--dashboard", up.dashboard_dir.string(),
                                  "--apps",      up.apps_dir.string(),
                                  "--ready-fd",  port(ready_fd)};
    const std::pair<const char*, int> ports[] = {{"--api-port", up.ports.apiserver},
                                                 {"--devices-port", up.ports.devices},
                                                 {"--serial-port", up.ports.serial},
                                                 {"--gateway-api-port", up.ports.gateway_api},
                                                 {"--emulator-api-port", up.ports.emulator_api},
                                                 {"--dashboard-port", up.ports.dashboard},
                                                 {"--controller-probes-port", up.ports.controller_probes}};
    for (const auto& [flag, number] : ports) {
        if (number != Ports::kAsBefore) argv.insert(argv.end(), {flag, port(number)});
    }
    return argv;
}

// One quick start, from the child `up` to the last line.
class Quickstart {
  public:
    Quickstart(IoContext& io, StopSignal& stop, const QuickstartOptions& options, std::ostream& out, std::ostream& err)
        : io_(io), stop_(stop), options_(options), out_(out), err_(err), tasks_(io), changed_(io) {}

    Task<int> run() {
        auto outcome = co_await work();
        co_await tasks_.stop();
        if (up_) say("quickstart", "stopping");
        co_await end_child(up_, kUpStopLimit);
        if (!outcome) {
            err_ << "quickstart: " << outcome.error() << std::endl;
            co_return 1;
        }
        co_return 0;
    }

  private:
    void say(std::string_view source, std::string_view text) {
        const std::chrono::duration<double> since = SteadyClock::now() - started_;
        out_ << fmt::format("{:9.3f} s  {:<10} {}", since.count(), source, text) << std::endl;
        if (!out_) stop_.request();  // nobody reads any more, as after `| head`
    }
    void say(const std::vector<TimelineLine>& lines) {
        for (const TimelineLine& line : lines) say(line.source, line.text);
        changed_.notify_all();
    }

    Task<Result<void, std::string>> work();
    Task<Result<void, std::string>> start_up();
    Task<Result<void, std::string>> apply_objects(Context& context);
    Task<> leave_out_apps(Context& context, std::vector<json::value>& objects);
    Task<> remove_device_of_other_board(Context& context);
    Task<Result<void, std::string>> watch_work();
    Task<> watch_up();
    Task<> follow_events(Context& context);
    Task<> follow_console(Context& context, std::string url, std::int64_t position);
    Task<> follow_records(Context& context);
    Task<> show_dashboard(Context& context);
    void hint();

    IoContext& io_;
    StopSignal& stop_;
    const QuickstartOptions& options_;
    std::ostream& out_;
    std::ostream& err_;
    TaskGroup tasks_;
    Notifier changed_;
    const SteadyClock::time_point started_ = SteadyClock::now();
    std::string started_at_ = rfc3339_micro(WallClock::now());
    Child up_;
    std::ostringstream applied_;  // what `apply` prints: the timeline says it in one line
    std::unique_ptr<Context> context_;
    Timeline timeline_;
    std::string up_ended_;
    std::string board_failed_;  // why the board does not run
};

Task<> await_line(int fd, std::string& text) {
    while (text.find('\n') == std::string::npos) {
        co_await wait_readable(fd);
        char part[64];
        const ssize_t got = ::read(fd, part, sizeof part);
        if (got <= 0) co_return;
        text.append(part, static_cast<std::size_t>(got));
    }
}

Task<Result<void, std::string>> Quickstart::start_up() {
    constexpr int kReadyFdInChild = 3;
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC) != 0) co_return fail(std::string("cannot make a pipe"));
    Fd read_end(fds[0]);
    Fd write_end(fds[1]);
    SpawnOptions child;
    child.argv = up_arguments(options_.up, kReadyFdInChild);
    child.program = "/proc/self/exe";
    child.stderr_fd = STDERR_FILENO;
    child.extra_fds = {{write_end.get(), kReadyFdInChild}};
    auto up = spawn(child);
    write_end.reset();
    if (!up) co_return fail(up.error().text());
    up_ = std::move(*up);
    std::string text;
    co_await await_line(read_end.get(), text);
    // Nothing but the end of the pipe: `up` gave up, and has said why on standard error.
    if (text.empty()) co_return fail(std::string("the platform did not start"));
    say("up",
        "API server, controller, gateway, emulator and dashboard are ready; data in " + options_.up.data.string());
    co_return Result<void, std::string>{};
}

// Another board is another piece of hardware: its key is not the one that the Device was enrolled with. So the Device
// of the former board goes, with its identity, and the one applied next enrolls anew.
Task<> Quickstart::remove_device_of_other_board(Context& context) {
    auto device = co_await context.client.get(kube::kDevices, context.ns, kDevice);
    if (!device) co_return;  // None yet; any other trouble shows in what follows.
    const std::string former(json_string(*device, {"spec", "board"}));
    if (former == options_.board) co_return;
    say("up", fmt::format("{} was a {}: removed, to be a {}", kDevice, former, options_.board));
    // The former board is not there to say that it removed its apps, so nobody waits for it to.
    json::value force = {{"metadata", {{"annotations", {{fleet::kForceDelete, "true"}}}}}};
    auto marked = co_await context.client.patch(kube::kDevices, context.ns, kDevice, std::move(force));
    if (!marked) say("up", "it could not be marked for removal: " + marked.error().message);
    auto removed = co_await context.client.remove(kube::kDevices, context.ns, kDevice);
    if (!removed) say("up", "it could not be removed: " + removed.error().message);
    const auto limit = SteadyClock::now() + kRemovalLimit;
    while (removed && SteadyClock::now() < limit) {
        auto left = co_await context.client.get(kube::kDevices, context.ns, kDevice);
        if (!left) break;
        co_await sleep_for(kLookAgain);
    }
    started_at_ = rfc3339_micro(WallClock::now());  // what the former board said does not count
}

bool needs_led(const json::value& object) {
    const json::array* permissions = json_array(object, {"spec", "permissions"});
    return permissions && std::any_of(permissions->begin(), permissions->end(), [](const json::value& permission) {
               return permission.is_string() && std::string_view(permission.get_string()).starts_with("led:");
           });
}

// What a board's model or firmware does not have stands in its recipe.
bool board_lacks(const fs::path& firmware_dir, const std::string& board, std::string_view what) {
    std::ifstream file(firmware_dir / (board + ".emulator.json"));
    std::ostringstream text;
    text << file.rdbuf();
    auto recipe = parse_json(text.str());
    const json::array* absent = recipe ? json_array(*recipe, {"absent"}) : nullptr;
    return absent && std::find(absent->begin(), absent->end(), json::value(what)) != absent->end();
}

Task<> Quickstart::leave_out_apps(Context& context, std::vector<json::value>& objects) {
    const bool no_apps = board_lacks(options_.up.firmware_dir, options_.board, "apps");
    if (no_apps) timeline_.expect_no_apps();
    const bool no_led = board_lacks(options_.up.firmware_dir, options_.board, "led");
    if (no_led) timeline_.expect_no_led();
    for (auto object = objects.begin(); object != objects.end();) {
        const bool is_app = json_string(*object, {"kind"}) == "Application";
        if (!is_app || !(no_apps || (no_led && needs_led(*object)))) {
            ++object;
            continue;
        }
        const std::string name(json_string(*object, {"metadata", "name"}));
        const char* why = no_apps ? "runs no apps" : "has no LED";
        say("up", fmt::format("an emulated {} {}: {} is left out", options_.board, why, name));
        auto removed = co_await context.client.remove(kube::kApplications, context.ns, name);  // of another board
        if (!removed && !removed.error().not_found()) say("up", "cannot remove it: " + removed.error().message);
        object = objects.erase(object);
    }
}

Task<Result<void, std::string>> Quickstart::apply_objects(Context& context) {
    co_await remove_device_of_other_board(context);
    auto objects = read_objects({options_.objects_dir.string()}, {});
    if (!objects) co_return fail(objects.error());
    for (json::value& object : *objects) {
        if (json_string(object, {"kind"}) == "Device") object.as_object()["spec"].as_object()["board"] = options_.board;
    }
    co_await leave_out_apps(context, *objects);
    const int status = co_await apply(context, std::move(*objects));
    if (status != 0) co_return fail(std::string("the objects could not be applied"));
    say("up", "objects of " + options_.objects_dir.string() + " applied");
    co_return Result<void, std::string>{};
}

Task<> Quickstart::follow_console(Context& context, std::string url, std::int64_t position) {
    RoleApi api(context, std::move(url));
    const std::string path = device_path(context, kDevice, "console?follow=true&from=" + std::to_string(position));
    auto stream = co_await api.stream(path);
    if (!stream) co_return;
    for (;;) {
        auto line = co_await (*stream)->next_line(kIdleLimit);
        if (!line || !*line) co_return;
        say(timeline_.on_console_line(**line));
    }
}

Task<> Quickstart::follow_events(Context& context) {
    bool console_followed = false;
    std::string last_seen = started_at_;
    for (;;) {
        auto url = co_await emulator_url(context, kDevice);
        if (url) {
            RoleApi api(context, *url);
            auto stream = co_await api.stream(device_path(context, kDevice, "events?follow=true"));
            while (stream) {
                auto line = co_await (*stream)->next_line(kIdleLimit);
                if (!line || !*line) break;
                auto event = parse_json(**line);
                if (!event || json_string(*event, {"time"}) <= last_seen) continue;
                last_seen = json_string(*event, {"time"});
                say(timeline_.on_emulator_event(*event));
                if (json_string(*event, {"event"}) == "failed") board_failed_ = json_string(*event, {"why"});
                if (json_string(*event, {"event"}) != "started" || console_followed) continue;
                console_followed = true;
                tasks_.spawn("console", follow_console(context, *url, json_int(*event, {"console"})));
            }
        }
        console_followed = false;  // A new emulator counts its console anew.
        co_await sleep_for(std::chrono::milliseconds(100));
    }
}

Task<> Quickstart::follow_records(Context& context) {
    std::string last_seen = started_at_;
    for (;;) {
        auto url = co_await gateway_url(context, "");
        if (url) {
            RoleApi api(context, *url);
            auto stream = co_await api.stream("/v1/namespaces/" + context.ns + "/records?device=" + kDevice +
                                              "&tail=1000&follow=true");
            if (!stream) log_debug("no records yet", {{"why", stream.error()}});
            while (stream) {
                auto line = co_await (*stream)->next_line(kIdleLimit);
                if (!line || !*line) break;
                auto record = parse_json(**line);
                // Records that came together have one time; what is sent again among them the timeline knows by number.
                if (!record || json_string(*record, {"time"}) < last_seen) continue;
                last_seen = json_string(*record, {"time"});
                say(timeline_.on_record(*record));
            }
        }
        co_await sleep_for(kTryAgain);
    }
}

Task<> Quickstart::watch_up() {
    const ExitStatus status = co_await wait_for_exit(up_);
    up_ended_ = status.text();
    changed_.notify_all();
    stop_.request();
}

// Until Ctrl-C, or with --once until everything was seen or too much time went by.
Task<Result<void, std::string>> Quickstart::watch_work() {
    if (!options_.once) {
        hint();
        co_await stop_.wait();
    } else {
        const auto limit = SteadyClock::now() + kOnceLimit;
        while (!timeline_.missing().empty() && board_failed_.empty() && SteadyClock::now() < limit &&
               !stop_.requested())
            co_await finish_by(changed_.wait(), std::min(limit, SteadyClock::now() + seconds(1)));
    }
    if (!up_ended_.empty()) co_return fail("`wasmbed up` ended with " + up_ended_);
    if (options_.once && !board_failed_.empty()) co_return fail(board_failed_);
    if (!options_.once || timeline_.missing().empty()) co_return Result<void, std::string>{};
    std::string why = stop_.requested() ? "stopped before everything was seen; missing:" : "not seen in time:";
    for (const std::string& what : timeline_.missing()) why += "\n  " + what;
    why += "\nlast lines of the console:";
    for (const std::string& line : timeline_.last_console_lines()) why += "\n  " + line;
    co_return fail(why);
}

/// "PATH=...:$PATH " when the shell would not find this very program under its name, else empty.
std::string path_setting() {
    std::error_code error;
    const fs::path self = fs::read_symlink("/proc/self/exe", error);
    if (error) return {};
    const char* path = std::getenv("PATH");
    std::istringstream folders(path ? path : "");
    for (std::string folder; std::getline(folders, folder, ':');) {
        if (fs::exists(fs::path(folder) / "wasmbed", error))
            return fs::equivalent(fs::path(folder) / "wasmbed", self, error)
                       ? ""
                       : "PATH=" + self.parent_path().string() + ":$PATH ";
    }
    return "PATH=" + self.parent_path().string() + ":$PATH ";
}

void Quickstart::hint() {
    const std::string config = fs::absolute(options_.up.data / "kubeconfig").string();
    out_ << "\nLook further, in another terminal:\n"
         << "  export " << path_setting() << "KUBECONFIG=" << config << "\n"
         << "  wasmbed get devices        wasmbed logs -f blink        wasmbed console " << kDevice << "\n"
         << "  wasmbed device power off " << kDevice << "   (and on: the apps run again before the gateway answers)\n"
         << "  wasmbed get applications -w\n"
         << "Ctrl-C stops everything; the next start goes on where this one ends.\n"
         << std::endl;
}

Task<> Quickstart::show_dashboard(Context& context) {
    // `up` has checked that it listens there.
    auto link = co_await make_login_link(context, dashboard_url((options_.up.data / "kubeconfig").string()));
    say("dashboard", link ? *link : link.error());
}

Task<Result<void, std::string>> Quickstart::work() {
    auto up = co_await start_up();
    if (!up) co_return up;
    tasks_.spawn("up", watch_up());
    auto config = kube::load_kubeconfig((options_.up.data / "kubeconfig").string());
    if (!config) co_return fail(config.error());
    context_ = std::make_unique<Context>(io_, std::move(*config), "", applied_, err_);
    auto done = co_await apply_objects(*context_);
    if (!done) co_return done;
    if (!options_.once) tasks_.spawn("login link", show_dashboard(*context_));
    tasks_.spawn("events", follow_events(*context_));
    tasks_.spawn("records", follow_records(*context_));
    co_return co_await watch_work();
}

}  // namespace

int run_quickstart(const QuickstartOptions& options, std::ostream& out, std::ostream& err) {
    setup_logging("quickstart", std::getenv("WASMBED_LOG") ? "" : "warn");
    return run_role("quickstart", [&](IoContext& io, StopSignal& stop) -> Task<int> {
        return [](IoContext& loop, StopSignal& signal, const QuickstartOptions& given, std::ostream& output,
                  std::ostream& errors) -> Task<int> {
            Quickstart quickstart(loop, signal, given, output, errors);
            co_return co_await quickstart.run();
        }(io, stop, options, out, err);
    });
}

}  // namespace wasmbed::cli
