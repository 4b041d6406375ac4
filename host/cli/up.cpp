#include "host/cli/up.hpp"

#include <cstdlib>
#include <ostream>
#include <sstream>
#include <unistd.h>
#include <vector>

#include "host/base/log.hpp"
#include "host/base/role.hpp"
#include "host/base/task_group.hpp"
#include "host/cli/clock_watch.hpp"
#include "host/cli/data_format.hpp"
#include "host/cli/login_link.hpp"
#include "host/cli/readiness.hpp"
#include "host/cli/role_log.hpp"
#include "host/kube/kubeconfig_files.hpp"
#include "host/pki/directory.hpp"
#include "host/process/supervisor.hpp"

namespace wasmbed::cli {
namespace {

namespace fs = std::filesystem;

constexpr char kGatewayName[] = "default";
constexpr std::chrono::seconds kReadyLimit{60};
constexpr std::chrono::seconds kStopLimitEach{5};
constexpr std::uintmax_t kDiskBytesMin = 128 * 1024;  // less, and no database can begin to work
constexpr int kEndsUntilHopeless = 4;  // a role that ends so often while starting will not come up by itself

std::string loopback(int port) {
    return "127.0.0.1:" + std::to_string(port);
}

struct Layout {
    fs::path data;
    fs::path firmware;
    fs::path dashboard;
    fs::path apps;
    Ports ports;
    std::string file(const char* name) const { return (data / name).string(); }
    std::string pki(const std::string& name) const { return (data / "pki" / name).string(); }
    fs::path log(const std::string& role) const { return data / "logs" / (role + ".log"); }
    std::string server() const { return "https://" + loopback(ports.apiserver); }
    std::string web() const { return "http://" + loopback(ports.dashboard); }
};

Program role(const Layout& at, const std::string& name, std::vector<std::string> arguments) {
    std::vector<std::string> argv{"wasmbed", name};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    // /proc/self/exe stays this binary even when the file is replaced by a newer build.
    return {.name = name, .argv = std::move(argv), .executable = "/proc/self/exe", .log = at.log(name)};
}

Program apiserver(const Layout& at) {
    return role(at, "apiserver",
                {"--database", at.file("apiserver.db"), "--port", std::to_string(at.ports.apiserver), "--certificate",
                 at.pki("apiserver.crt"), "--key", at.pki("apiserver.key"), "--user-ca", at.pki("user-ca.crt"),
                 "--service-ca", at.pki("service-ca.crt"), "--audit-log", at.log("audit")});
}

std::vector<Program> other_roles(const Layout& at) {
    const std::string gateway = std::string("gateway-") + kGatewayName;
    return {role(at, "controller",
                 {"--kubeconfig", at.pki("controller.kubeconfig"), "--pki", at.file("pki"), "--identity", "wasmbed-up",
                  "--probes-address", loopback(at.ports.controller_probes)}),
            role(at, "gateway",
                 {"--name", kGatewayName, "--kubeconfig", at.pki(gateway + ".kubeconfig"), "--pki", at.file("pki"),
                  "--data", at.data.string(), "--device-address", loopback(at.ports.devices), "--serial-address",
                  loopback(at.ports.serial), "--api-address", loopback(at.ports.gateway_api)}),
            role(at, "emulator",
                 {"--kubeconfig", at.pki("emulator.kubeconfig"), "--pki", at.file("pki"), "--data", at.data.string(),
                  "--firmware", at.firmware.string(), "--api-address", loopback(at.ports.emulator_api)}),
            role(at, "web",
                 {"--kubeconfig", at.pki("web.kubeconfig"), "--address", loopback(at.ports.dashboard), "--files",
                  at.dashboard.string(), "--apps", at.apps.string(), "--controller-url",
                  "https://" + loopback(at.ports.controller_probes), "--emulator-url",
                  "https://" + loopback(at.ports.emulator_api), "--logs", at.file("logs"), "--audit-log",
                  at.log("terminal-audit").string(), "--history", at.file("web.db")})};
}

Result<void, std::string> prepare_pki(const Layout& at) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    pki::DirectoryOptions options;
    options.gateways = {kGatewayName};
    auto pki = pki::PkiDirectory::open_or_create(at.data / "pki", options, now);
    if (!pki) return fail(pki.error().message);
    if (auto valid = check_clock(*pki, now); !valid) return valid;
    return kube::write_kubeconfigs(*pki, at.server(), at.data / "kubeconfig",
                                   {"controller", std::string("gateway-") + kGatewayName, "emulator", "web"});
}

constexpr const char* kRoles[] = {"apiserver", "controller", "gateway", "emulator", "web"};

// A role that cannot write its log cannot say why it ends either.
std::string why_nothing_was_said(const Layout& at, int ends) {
    std::error_code error;
    const fs::space_info disk = fs::space(at.data, error);
    if (!error && disk.available < kDiskBytesMin)
        return "the disk of " + at.data.string() + " is full; free some space";
    return "it ended " + std::to_string(ends) + " times";
}

// What the role that kept ending gave as its reason, in one line; else what was waited for.
std::string explain_failure(const Layout& at, const Supervisor& roles, std::string waited_for) {
    for (const char* name : kRoles) {
        if (roles.ends_of(name) <= 0) continue;
        const std::string why = last_error_of(at.log(name));
        return std::string(name) +
               " does not start: " + (why.empty() ? why_nothing_was_said(at, roles.ends_of(name)) : why) +
               " (log: " + at.log(name).string() + ")";
    }
    return waited_for + " within " + std::to_string(kReadyLimit.count()) + " s; the roles' logs are in " +
           at.file("logs");
}

Task<Result<void, std::string>> bring_up(IoContext& io, const Layout& at, Supervisor& roles, StopSignal& stop) {
    const auto hopeless = [&roles, &stop] {
        for (const char* name : kRoles) {
            if (roles.ends_of(name) >= kEndsUntilHopeless) return true;
        }
        return stop.requested();
    };
    const auto limit = SteadyClock::now() + kReadyLimit;
    if (auto started = roles.add(apiserver(at)); !started) co_return fail(started.error().text());
    auto config = kube::load_kubeconfig(at.file("kubeconfig"));
    if (!config) co_return fail(config.error());
    Readiness readiness(io, *config, limit, hopeless);
    auto ready = co_await readiness.apiserver();
    if (!ready) co_return fail(explain_failure(at, roles, ready.error()));
    auto made = co_await readiness.ensure_namespace(config->default_namespace);
    if (!made) co_return made;
    for (const Program& program : other_roles(at)) {
        if (auto started = roles.add(program); !started) co_return fail(started.error().text());
    }
    ready = co_await readiness.roles(kGatewayName, {.gateway = "https://" + loopback(at.ports.gateway_api),
                                                    .emulator = "https://" + loopback(at.ports.emulator_api),
                                                    .web = at.web()});
    if (!ready) co_return fail(explain_failure(at, roles, ready.error()));
    co_return ready;
}

void announce(const Layout& at, int ready_fd, std::ostream& out) {
    out << "wasmbed is up; data in " << at.data.string() << "\n"
        << "  kubectl --kubeconfig " << at.file("kubeconfig") << " get devices\n"
        << "  devices connect to " << loopback(at.ports.devices) << ", serial bridges to " << loopback(at.ports.serial)
        << "; logs of the roles: " << at.file("logs") << "\n"
        << "Ctrl-C stops everything." << std::endl;
    if (ready_fd < 0) return;
    (void)!::write(ready_fd, "ready\n", 6);
    ::close(ready_fd);
}

// After `announce`: whoever waits for the roles need not wait for the link.
Task<> announce_dashboard(IoContext& io, const Layout& at, std::ostream& out) {
    auto config = kube::load_kubeconfig(at.file("kubeconfig"));
    if (!config) co_return;
    std::ostringstream unused;
    Context context(io, std::move(*config), "", unused, unused);
    auto link = co_await make_login_link(context, at.web());
    out << "dashboard: " << (link ? *link + "  (good once; `wasmbed dashboard` prints another)" : at.web())
        << std::endl;
}

Task<int> up_main(IoContext& io, StopSignal& stop, const Layout& at, const UpOptions& options, std::ostream& out,
                  std::ostream& err) {
    bool up = false;  // before that, the one line at the end says why a role does not start
    Supervisor roles(io, [&err, &up](const std::string& name, bool running, const std::string& how) {
        if (!running && up)
            err << "wasmbed up: " << name << " ended with " << how << "; starting it again" << std::endl;
    });
    auto ready = co_await bring_up(io, at, roles, stop);
    const bool asked_to_stop = stop.requested();
    TaskGroup watching(io);
    if (ready) {
        up = true;
        announce(at, options.ready_fd, out);
        watching.spawn("clock", watch_clock(err));
        watching.spawn("login link", announce_dashboard(io, at, out));
        co_await stop.wait();
    } else if (!asked_to_stop) {
        err << "wasmbed up: " << ready.error() << std::endl;
    }
    co_await watching.stop();
    co_await roles.stop(kStopLimitEach);
    co_return ready || asked_to_stop ? 0 : 1;
}

Result<Layout, std::string> prepare(const UpOptions& options, Fd& lock) {
    // Before anything is written: what a newer program wrote stays as it is.
    if (auto known = check_data_format(options.data); !known) return fail(known.error());
    auto locked = lock_data_folder(options.data);
    if (!locked) return fail(locked.error());
    lock = std::move(*locked);
    if (auto settled = settle_data_format(options.data, options.version); !settled) return fail(settled.error());
    auto ports = settle_ports(options.data, options.ports);
    if (!ports) return fail(ports.error());
    if (auto free = check_ports_free(*ports); !free) return fail(free.error());
    // Not before: a port that could not be had is not to be asked for again by the next start.
    if (auto kept = remember_ports(options.data, *ports); !kept) return fail(kept.error());
    Layout at{fs::absolute(options.data), fs::absolute(options.firmware_dir), fs::absolute(options.dashboard_dir),
              fs::absolute(options.apps_dir), *ports};
    std::error_code error;
    fs::create_directories(at.data / "logs", error);
    if (error) return fail("cannot make " + at.file("logs") + ": " + error.message());
    if (auto made = prepare_pki(at); !made) return fail(made.error());
    return at;
}

}  // namespace

int run_up(const UpOptions& options, std::ostream& out, std::ostream& err) {
    // People read what is printed below; the log proper is for when they ask for it.
    setup_logging("up", std::getenv("WASMBED_LOG") ? "" : "warn");
    Fd lock;
    auto at = prepare(options, lock);
    if (!at) {
        err << "wasmbed up: " << at.error() << std::endl;
        return 1;
    }
    return run_role("up", [&](IoContext& io, StopSignal& stop) { return up_main(io, stop, *at, options, out, err); });
}

}  // namespace wasmbed::cli
