#include "host/cli/data_folder.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "host/base/json.hpp"
#include "host/cli/free_port.hpp"
#include "host/pki/atomic_file.hpp"

namespace wasmbed::cli {
namespace {

namespace fs = std::filesystem;

struct PortField {
    const char* name;
    int Ports::* member;
    int fallback;
    const char* listener;  ///< who listens there; null: nobody yet
    const char* option;
};
constexpr PortField kFields[] = {
    {"apiserver", &Ports::apiserver, 6443, "the API server", "--api-port"},
    {"devices", &Ports::devices, 8443, "devices", "--devices-port"},
    {"gatewayApi", &Ports::gateway_api, 30460, "the gateway's API", "--gateway-api-port"},
    {"emulatorApi", &Ports::emulator_api, 30461, "the emulator's API", "--emulator-api-port"},
    {"dashboard", &Ports::dashboard, 30470, "the dashboard", "--dashboard-port"},
    {"serial", &Ports::serial, 8444, "serial bridges", "--serial-port"},
    {"controllerProbes", &Ports::controller_probes, 30462, "the controller's probes", "--controller-probes-port"}};

constexpr std::chrono::milliseconds kLockLimit{1'000};
constexpr std::chrono::milliseconds kPortLimit{3'000};
constexpr std::chrono::milliseconds kTryAgain{20};

/// Asks again until `done` or the limit; before the event loop runs, so blocking is fine.
template <class Done>
bool wait_until(std::chrono::milliseconds limit, Done done) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!done()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(kTryAgain);
    }
    return true;
}

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// As the servers bind: a port that only holds connections in TIME_WAIT is free. 0, or errno.
int try_port(int port) {
    Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int yes = 1;
    const sockaddr_in address = loopback(port);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    return ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
}

constexpr char kOtherFolder[] = "; make it writable, or choose another folder with --data";

/// Ports that were given out before; nothing where there is no such file yet.
Result<json::object, std::string> read_ports(const fs::path& path) {
    if (!fs::exists(path)) return json::object{};
    auto text = pki::read_small_file(path);
    if (!text) return fail(text.error().message);
    auto parsed = parse_json(*text);
    const json::object* ports = parsed ? parsed->if_object() : nullptr;
    bool whole = ports != nullptr;
    for (const PortField& field : kFields) {
        const json::value* port = ports ? ports->if_contains(field.name) : nullptr;
        whole = whole && (!port || (port->is_int64() && port->get_int64() > 0 && port->get_int64() <= 65535));
    }
    if (whole) return *ports;
    return fail(
        path.string() + " is damaged; it should read {\"apiserver\": 6443, \"devices\": 8443, ...}: bring it " +
        "back from a backup, or remove it and give the ports as options (devices know the port that they were " +
        "provisioned with)");
}

}  // namespace

Result<fs::path, std::string> default_data_folder() {
    if (const char* set = std::getenv("WASMBED_DATA"); set && *set) return fs::path(set);
    if (const char* home = std::getenv("HOME"); home && *home) return fs::path(home) / ".wasmbed";
    return fail(std::string("no data folder: give --data DIR, or set WASMBED_DATA or HOME"));
}

Result<Fd, std::string> lock_data_folder(const fs::path& folder) {
    std::error_code error;
    const bool is_new = fs::create_directories(folder, error);
    if (error) return fail("cannot make the folder " + folder.string() + ": " + error.message() + kOtherFolder);
    if (is_new) fs::permissions(folder, fs::perms::owner_all, error);
    const fs::path path = folder / "lock";
    Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd) return fail("cannot write " + path.string() + ": " + std::strerror(errno) + kOtherFolder);
    if (!wait_until(kLockLimit, [&fd] { return ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0; })) {
        std::string holder;
        std::ifstream(path) >> holder;
        return fail(folder.string() + " is in use by another `wasmbed up`, process " +
                    (holder.empty() ? "unknown" : holder) + "; stop it, or choose another folder with --data");
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(fd.get(), 0) != 0 || ::pwrite(fd.get(), pid.data(), pid.size(), 0) < 0)
        return fail("cannot write " + path.string() + ": " + std::strerror(errno) + kOtherFolder);
    return fd;
}

Result<Ports, std::string> settle_ports(const fs::path& folder, Ports wanted) {
    const fs::path path = folder / "ports.json";
    auto read = read_ports(path);
    if (!read) return fail(read.error());
    const json::value stored = std::move(*read);
    for (const PortField& field : kFields) {
        int& port = wanted.*field.member;
        if (port < Ports::kAsBefore || port > 65535)
            return fail(std::string("port ") + field.name + ": 0 to 65535, not " + std::to_string(port));
        if (port == Ports::kAsBefore) port = static_cast<int>(json_int(stored, {field.name}, field.fallback));
        if (port == Ports::kAnyFree) port = static_cast<int>(json_int(stored, {field.name}, Ports::kAnyFree));
        if (port != Ports::kAnyFree) continue;
        auto reserved = reserve_free_port();
        if (!reserved) return fail(reserved.error());
        port = *reserved;
    }
    return wanted;
}

Result<void, std::string> remember_ports(const fs::path& folder, const Ports& ports) {
    json::object settled;
    for (const PortField& field : kFields) settled[field.name] = ports.*field.member;
    auto written = pki::write_file_if_changed(folder / "ports.json", json::serialize(settled) + "\n", 0600);
    if (!written) return fail(written.error().message);
    return {};
}

Result<void, std::string> check_ports_free(const Ports& ports) {
    for (const PortField& field : kFields) {
        if (!field.listener) continue;
        const int port = ports.*field.member;
        int code = 0;
        if (wait_until(kPortLimit, [&] { return (code = try_port(port)) == 0; })) continue;
        return fail("cannot listen on 127.0.0.1:" + std::to_string(port) + " for " + field.listener + ": " +
                    std::strerror(code) + "; stop what uses it, or choose another port with " + field.option);
    }
    return {};
}

}  // namespace wasmbed::cli
