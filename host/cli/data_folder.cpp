#include "host/cli/data_folder.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/base/json.hpp"
#include "host/pki/atomic_file.hpp"

namespace wasmbed::cli {
namespace {

namespace fs = std::filesystem;

struct PortField {
    const char* name;
    int Ports::* member;
    int fallback;
};
constexpr PortField kFields[] = {
    {"apiserver", &Ports::apiserver, 6443},     {"devices", &Ports::devices, 8443},
    {"gatewayApi", &Ports::gateway_api, 30460}, {"emulatorApi", &Ports::emulator_api, 30461},
    {"serial", &Ports::serial, 8444},           {"controllerProbes", &Ports::controller_probes, 30462}};

// Asks the kernel. Another process may take the port before it is used; then the role says so, and another folder
// helps.
int any_free_port() {
    Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    if (!fd || ::bind(fd.get(), raw, size) != 0 || ::getsockname(fd.get(), raw, &size) != 0) return 0;
    return ntohs(address.sin_port);
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
    if (error) return fail("cannot make " + folder.string() + ": " + error.message());
    if (is_new) fs::permissions(folder, fs::perms::owner_all, error);
    const fs::path path = folder / "lock";
    Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd) return fail("cannot open " + path.string() + ": " + std::strerror(errno));
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        std::string holder;
        std::ifstream(path) >> holder;
        return fail(folder.string() + " is in use by another `wasmbed up`, process " +
                    (holder.empty() ? "unknown" : holder) + "; stop it, or choose another folder with --data");
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(fd.get(), 0) != 0 || ::pwrite(fd.get(), pid.data(), pid.size(), 0) < 0)
        return fail("cannot write " + path.string() + ": " + std::strerror(errno));
    return fd;
}

Result<Ports, std::string> settle_ports(const fs::path& folder, Ports wanted) {
    const fs::path path = folder / "ports.json";
    json::value stored = json::object{};
    if (fs::exists(path)) {
        auto text = pki::read_small_file(path);
        if (!text) return fail(text.error().message);
        auto parsed = parse_json(*text);
        if (!parsed) return fail(path.string() + ": " + parsed.error());
        stored = std::move(*parsed);
    }
    json::object settled;
    for (const PortField& field : kFields) {
        int& port = wanted.*field.member;
        if (port < Ports::kAsBefore || port > 65535)
            return fail(std::string("port ") + field.name + ": 0 to 65535, not " + std::to_string(port));
        if (port == Ports::kAsBefore) port = static_cast<int>(json_int(stored, {field.name}, field.fallback));
        if (port == Ports::kAnyFree) port = static_cast<int>(json_int(stored, {field.name}, any_free_port()));
        settled[field.name] = port;
    }
    if (auto written = pki::write_file_if_changed(path, json::serialize(settled) + "\n", 0600); !written)
        return fail(written.error().message);
    return wanted;
}

}  // namespace wasmbed::cli
