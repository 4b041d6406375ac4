// Load for any Kubernetes API server that has our definitions, one JSON object as result:
//   apiserver_load rates KUBECONFIG OBJECTS CONNECTIONS   creates, status patches and gets per second, all connections
//   apiserver_load list KUBECONFIG                        every Device in pages of 500: objects, seconds
//   apiserver_load watch KUBECONFIG WATCHERS              one change, seen by so many watches: seconds, the last of 10
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sys/resource.h>

#include "host/base/task_group.hpp"
#include "host/kube/client.hpp"

using namespace wasmbed;

namespace {

using Clock = std::chrono::steady_clock;
using Connections = std::vector<std::unique_ptr<kube::Client>>;

constexpr char kNs[] = "wasmbed";
constexpr int kPage = 500;
constexpr int kChanges = 10;
constexpr auto kLimit = std::chrono::seconds(60);

double seconds_since(Clock::time_point from) {
    return std::chrono::duration<double>(Clock::now() - from).count();
}

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "apiserver_load: %s\n", why.c_str());
    std::exit(1);
}

std::string name_of(int number) {
    return "device-" + std::to_string(number);
}

enum class Verb { create, patch_status, get };

Task<> work(kube::Client& client, Verb verb, int from, int to) {
    for (int i = from; i < to; ++i) {
        auto name = name_of(i);
        kube::ApiResult<json::value> done;
        if (verb == Verb::create) {
            json::value object = json::object{{"apiVersion", "wasmbed.io/v1alpha1"},
                                              {"kind", "Device"},
                                              {"metadata", {{"name", name}}},
                                              {"spec", {{"board", "mps2-an385"}}}};
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

Task<> measure_rates(IoContext& io, Connections& connections, int objects) {
    for (auto& connection : connections) {
        if (auto listed = co_await connection->list(kube::kGateways, kNs); !listed) give_up(listed.error().message);
    }
    double create = co_await rate(io, connections, Verb::create, objects);
    double patch = co_await rate(io, connections, Verb::patch_status, objects);
    double get = co_await rate(io, connections, Verb::get, objects);
    std::printf("{\"create\": %.0f, \"patchStatus\": %.0f, \"get\": %.0f}\n", create, patch, get);
    io.stop();
}

Task<> measure_list(IoContext& io, kube::Client& client) {
    auto started = Clock::now();
    auto all = co_await client.list(kube::kDevices, kNs, {.label_selector = {}, .field_selector = {}, .limit = kPage});
    if (!all) give_up(all.error().message);
    std::printf("{\"objects\": %zu, \"seconds\": %.3f}\n", json_array(*all, {"items"})->size(), seconds_since(started));
    io.stop();
}

/// What the watches of one run have seen.
struct Audience {
    std::size_t ready = 0;
    std::vector<int> seen = std::vector<int>(kChanges);  ///< watches that saw each change
    std::vector<Clock::time_point> last = std::vector<Clock::time_point>(kChanges);
};

Task<> follow(kube::Client& client, std::string from, Audience& audience) {
    auto stream = co_await client.watch(
        kube::kDevices, kNs, {.label_selector = {}, .field_selector = {}, .resource_version = std::move(from)});
    if (!stream) give_up("watch: " + stream.error().message);
    ++audience.ready;
    for (int change = 0; change < kChanges;) {
        auto event = co_await (*stream)->next();
        if (!event || !*event) give_up("a watch ended");
        if ((*event)->type != kube::WatchEvent::Type::modified) continue;
        audience.last[std::size_t(change)] = Clock::now();
        ++audience.seen[std::size_t(change++)];
    }
}

Task<> measure_watch(IoContext& io, Connections& connections) {
    auto& writer = *connections.front();
    auto one = co_await writer.list(kube::kGateways, kNs);
    if (!one) give_up(one.error().message);
    Audience audience;
    TaskGroup group(io);
    std::string from(json_string(*one, {"metadata", "resourceVersion"}));
    for (auto& connection : connections) {
        group.spawn("watch", follow(*connection, from, audience));
        // A hundred handshakes at once are enough.
        while (audience.ready + 100 < std::size_t(&connection - connections.data())) {
            co_await sleep_for(std::chrono::milliseconds(1));
        }
    }
    auto begun = Clock::now();
    while (audience.ready < connections.size() && Clock::now() - begun < kLimit) {
        co_await sleep_for(std::chrono::milliseconds(5));
    }
    std::vector<double> took;
    for (int change = 0; change < kChanges; ++change) {
        auto started = Clock::now();
        auto done = co_await writer.patch_status(kube::kDevices, kNs, name_of(0),
                                                 json::object{{"status", {{"apps", std::to_string(change) + "/9"}}}});
        if (!done) give_up(done.error().message);
        while (audience.seen[std::size_t(change)] < int(connections.size())) {
            if (Clock::now() - started > kLimit) give_up("not every watch saw the change");
            co_await sleep_for(std::chrono::milliseconds(1));
        }
        took.push_back(std::chrono::duration<double>(audience.last[std::size_t(change)] - started).count());
    }
    std::ranges::sort(took);
    std::printf("{\"watchers\": %zu, \"median\": %.4f, \"worst\": %.4f}\n", connections.size(), took[kChanges / 2],
                took.back());
    io.stop();
}

}  // namespace

int main(int argc, char** argv) {
    std::string what = argc > 2 ? argv[1] : "";
    int count = argc > 3 ? std::atoi(argv[3]) : 1;
    int connections_count = what == "rates" && argc > 4 ? std::atoi(argv[4]) : what == "watch" ? count : 1;
    if (count < 1 || connections_count < 1 || (what != "rates" && what != "list" && what != "watch")) {
        give_up("usage: apiserver_load rates|list|watch KUBECONFIG [COUNT] [CONNECTIONS]");
    }
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    auto config = kube::load_kubeconfig(argv[2]);
    if (!config) give_up(config.error());
    IoContext io;
    Connections connections;
    for (int i = 0; i < connections_count; ++i)
        connections.push_back(std::make_unique<kube::Client>(io, *config, "bench"));
    TaskGroup group(io);
    if (what == "rates") group.spawn("measure", measure_rates(io, connections, count));
    if (what == "list") group.spawn("measure", measure_list(io, *connections.front()));
    if (what == "watch") group.spawn("measure", measure_watch(io, connections));
    io.run();
    return 0;
}
