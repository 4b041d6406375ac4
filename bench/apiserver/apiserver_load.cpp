// apiserver_load WASMBED OBJECTS CONNECTIONS: starts `WASMBED apiserver` on a fresh database in a temporary folder,
// writes and reads Devices over that many connections, and prints rates, memory and the time to ready as one JSON
// object.
#include <boost/asio/co_spawn.hpp>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <memory>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/base/task_group.hpp"
#include "host/kube/client.hpp"
#include "services/apiserver/testing/test_apiserver.hpp"

using namespace wasmbed;

namespace {

using Clock = std::chrono::steady_clock;
using Connections = std::vector<std::unique_ptr<kube::Client>>;

constexpr char kNs[] = "wasmbed";
constexpr auto kReadyLimit = std::chrono::seconds(10);

double seconds_since(Clock::time_point from) {
    return std::chrono::duration<double>(Clock::now() - from).count();
}

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "apiserver_load: %s\n", why.c_str());
    std::exit(1);
}

/// The server as a process of its own, with the keys and the port that `made` has settled.
pid_t start_server(const char* wasmbed, const apiserver::TestApiserver& made) {
    auto url = made.url();
    auto dir = made.directory();
    std::vector<std::string> words{wasmbed,      "apiserver",      "--port", url.substr(url.rfind(':') + 1),
                                   "--database", dir + "/bench.db"};
    for (auto [flag, file] : {std::pair("--certificate", "apiserver.crt"),
                              {"--key", "apiserver.key"},
                              {"--user-ca", "user-ca.crt"},
                              {"--service-ca", "service-ca.crt"}}) {
        words.emplace_back(flag);
        words.push_back(dir + "/pki/" + file);
    }
    words.insert(words.end(), {"--audit-log", dir + "/bench-audit.log"});
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t pid = 0;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 2, (dir + "/bench.log").c_str(), O_WRONLY | O_CREAT, 0600);
    if (::posix_spawn(&pid, wasmbed, &actions, nullptr, arguments.data(), environ) != 0) give_up("cannot start it");
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

/// Private bytes of user memory.
long memory_of(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
    long kilobytes = 0;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("Private_")) kilobytes += std::strtol(line.c_str() + line.find(':') + 1, nullptr, 10);
    }
    return kilobytes * 1024;
}

enum class Verb { create, patch_status, get };

Task<> work(kube::Client& client, Verb verb, int from, int to) {
    for (int i = from; i < to; ++i) {
        auto name = "device-" + std::to_string(i);
        kube::ApiResult<json::value> done;
        if (verb == Verb::create) {
            json::value object = json::object{{"metadata", {{"name", name}}}, {"spec", {{"board", "mps2-an385"}}}};
            done = co_await client.create(kube::kDevices, kNs, std::move(object));
        } else if (verb == Verb::patch_status) {
            json::value patch =
                json::object{{"status", {{"phase", "Connected"}, {"lastSeen", "2026-01-01T00:00:00Z"}}}};
            done = co_await client.patch_status(kube::kDevices, kNs, name, std::move(patch));
        } else {
            done = co_await client.get(kube::kDevices, kNs, name);
        }
        if (!done) give_up(done.error().message);
    }
}

/// Requests per second, all connections together.
Task<double> rate(IoContext& io, Connections& connections, Verb verb, int objects) {
    int share = objects / int(connections.size());
    TaskGroup group(io);
    auto started = Clock::now();
    for (std::size_t i = 0; i < connections.size(); ++i) {
        group.spawn("connection", work(*connections[i], verb, int(i) * share, int(i + 1) * share));
    }
    co_await group.join();
    co_return share* double(connections.size()) / seconds_since(started);
}

Task<> measure(IoContext& io, Connections& connections, int objects, pid_t pid, Clock::time_point started) {
    while (!co_await connections[0]->list(kube::kGateways, kNs)) {
        if (Clock::now() - started > kReadyLimit) give_up("the server does not become ready");
        co_await sleep_for(std::chrono::milliseconds(2));
    }
    double ready = seconds_since(started);
    for (auto& connection : connections) co_await connection->list(kube::kGateways, kNs);
    double create = co_await rate(io, connections, Verb::create, objects);
    double patch = co_await rate(io, connections, Verb::patch_status, objects);
    double get = co_await rate(io, connections, Verb::get, objects);
    std::printf("{\"readySeconds\": %.3f, \"create\": %.0f, \"patchStatus\": %.0f, \"get\": %.0f, \"bytes\": %ld}\n",
                ready, create, patch, get, memory_of(pid));
    io.stop();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) give_up("usage: apiserver_load WASMBED OBJECTS CONNECTIONS");
    apiserver::TestApiserver made;
    made.stop();
    IoContext io;
    Connections connections;
    for (int i = 0; i < std::atoi(argv[3]); ++i) {
        connections.push_back(std::make_unique<kube::Client>(io, made.admin(), "bench"));
    }
    auto started = Clock::now();
    pid_t pid = start_server(argv[1], made);
    TaskGroup group(io);
    group.spawn("measure", measure(io, connections, std::atoi(argv[2]), pid, started));
    io.run();
    ::kill(pid, SIGTERM);
    ::waitpid(pid, nullptr, 0);
    return 0;
}
