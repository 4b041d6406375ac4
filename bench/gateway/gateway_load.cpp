// The load generator: many devices (or MQTT clients) on one thread, against a gateway (or broker) on loopback.
//
//     gateway_load issue PKI_FOLDER < UIDS > IDENTITIES
//     gateway_load PROTOCOL PORT IDENTITIES connect COUNT PARALLEL            sessions opened and closed again
//     gateway_load PROTOCOL PORT IDENTITIES hold COUNT PARALLEL               opened, kept until standard input ends
//     gateway_load PROTOCOL PORT IDENTITIES messages COUNT WINDOW SECONDS     messages on COUNT sessions
//
// PROTOCOL: wasmbed, mqtt, or tls (TLS alone, as a device). Prints one JSON object when done, `hold` when all are open.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <map>
#include <poll.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/gateway/identities.hpp"
#include "bench/gateway/speakers.hpp"

namespace wasmbed::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// A run that makes no progress for this long has failed.
constexpr std::chrono::seconds kPatience{60};
/// Batched messages need room for the window; idle devices need none.
constexpr std::size_t kRecordBytes = 96;

class Load {
  public:
    Load(std::string protocol, std::uint16_t port, std::vector<Identity> identities, std::size_t backlog_bytes)
        : protocol_(std::move(protocol)),
          port_(port),
          identities_(std::move(identities)),
          backlog_bytes_(backlog_bytes),
          context_(SSL_CTX_new(TLS_client_method())),
          epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
        SSL_CTX_set_min_proto_version(context_, TLS1_3_VERSION);
        SSL_CTX_set_mode(
            context_, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        SSL_CTX_set_verify(context_, SSL_VERIFY_NONE, nullptr);
        static constexpr unsigned char kAlpn[] = "\x09wasmbed/1";
        if (protocol_ != "mqtt") SSL_CTX_set_alpn_protos(context_, kAlpn, sizeof kAlpn - 1);
    }
    ~Load() {
        clients_.clear();
        ::close(epoll_);
        SSL_CTX_free(context_);
    }

    /// Opens `count` sessions with at most `parallel` not ready at a time; `keep`: they stay open.
    void open_sessions(std::size_t count, std::size_t parallel, bool keep) {
        std::size_t started = 0;
        finished_ = 0;
        while (finished_ < count) {
            for (; started < count && started - finished_ < parallel; ++started)
                start(identities_[started % identities_.size()]);
            step([&](Client& client) {
                if (!client.speaker().ready() || !waiting_.contains(client.fd())) return;
                if (keep) return note_finished(client.fd());
                client.close();
                if (client.closed()) note_finished(client.fd());
            });
        }
    }

    /// Messages acknowledged in `duration` on the sessions that are open.
    std::uint64_t exchange(std::size_t window, std::chrono::seconds duration) {
        const auto offer = [window](Client& client) {
            client.speaker().offer(window);
            client.drive();
        };
        for (auto& [_, client] : clients_) offer(*client);
        const std::uint64_t before = acknowledged();
        for (const auto end = Clock::now() + duration; Clock::now() < end;) step(offer);
        return acknowledged() - before;
    }

    /// Serves the sessions until standard input ends.
    void hold() {
        for (;;) {
            pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
            if (::poll(&input, 1, 0) > 0) return;
            step([](Client&) {});
        }
    }

    std::size_t open() const { return clients_.size(); }

  private:
    std::unique_ptr<Speaker> speaker(const Identity& identity) const {
        if (protocol_ == "mqtt") return make_mqtt_speaker(identity.uid);
        if (protocol_ == "tls") return make_silent_speaker();
        return make_device_speaker(backlog_bytes_);
    }

    void start(const Identity& identity) {
        auto client = std::make_unique<Client>(context_, port_, identity.credentials, speaker(identity));
        epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.fd = client->fd()}};
        if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, client->fd(), &event) != 0) throw std::runtime_error("epoll_ctl");
        waiting_[client->fd()] = true;
        clients_[client->fd()] = std::move(client);
    }

    void note_finished(int fd) {
        finished_ += waiting_.erase(fd);
        progress_ = Clock::now();
    }

    /// Waits for sockets and drives their clients; `then` is called for each that is still there.
    template <class F>
    void step(F then) {
        std::array<epoll_event, 256> events;
        const int count = ::epoll_wait(epoll_, events.data(), int(events.size()), 200);
        for (int i = 0; i < count; ++i) {
            const auto found = clients_.find(events[std::size_t(i)].data.fd);
            if (found == clients_.end()) continue;
            Client& client = *found->second;
            client.drive();
            if (!client.closed()) then(client);
            if (client.closed()) end(found->first, client);
        }
        if (!waiting_.empty() && Clock::now() > progress_ + kPatience) throw std::runtime_error("no progress");
        if (Clock::now() > ticked_ + std::chrono::seconds{1}) tick();
    }

    void end(int fd, Client& client) {
        if (!client.error().empty()) throw std::runtime_error("a session ended: " + client.error());
        note_finished(fd);
        clients_.erase(fd);
    }

    void tick() {
        ticked_ = Clock::now();
        for (auto& [_, client] : clients_) {
            client->speaker().tick();
            client->drive();
        }
    }

    std::uint64_t acknowledged() const {
        std::uint64_t sum = 0;
        for (const auto& [_, client] : clients_) sum += client->speaker().acknowledged();
        return sum;
    }

    std::string protocol_;
    std::uint16_t port_;
    std::vector<Identity> identities_;
    std::size_t backlog_bytes_;
    SSL_CTX* context_;
    int epoll_;
    std::map<int, std::unique_ptr<Client>> clients_;
    std::map<int, bool> waiting_;  ///< sockets of sessions that were started and have not finished opening
    std::size_t finished_ = 0;
    Clock::time_point progress_ = Clock::now(), ticked_ = Clock::now();
};

void raise_descriptor_limit(std::size_t needed) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    if (limit.rlim_max < needed + 64 || ::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        throw std::runtime_error("the limit of open files (ulimit -Hn) is too low");
    }
}

struct Arguments {
    std::string protocol, file, mode;
    std::uint16_t port = 0;
    std::size_t count = 0, second = 0;  ///< PARALLEL or WINDOW
    std::chrono::seconds duration{0};
};

void run(const Arguments& arguments) {
    raise_descriptor_limit(arguments.count);
    const bool messages = arguments.mode == "messages";
    const std::size_t window = messages ? arguments.second : 1;
    const std::size_t identities = std::min<std::size_t>(arguments.count, arguments.mode == "connect" ? 500 : SIZE_MAX);
    Load load{arguments.protocol, arguments.port, load_identities(arguments.file, identities),
              std::max<std::size_t>(512, window * kRecordBytes)};
    auto start = Clock::now();
    const auto seconds = [&start] { return std::chrono::duration<double>(Clock::now() - start).count(); };
    load.open_sessions(arguments.count, messages ? 64 : arguments.second, arguments.mode != "connect");
    if (arguments.mode == "hold") {
        std::printf("{\"open\": %zu, \"seconds\": %.3f}\n", load.open(), seconds());
        std::fflush(stdout);
        load.hold();
    } else if (arguments.mode == "connect") {
        std::printf("{\"sessions\": %zu, \"seconds\": %.3f}\n", arguments.count, seconds());
    } else {
        std::printf("{\"ready\": %zu}\n", load.open());
        std::fflush(stdout);
        start = Clock::now();
        const std::uint64_t count = load.exchange(window, arguments.duration);
        std::printf("{\"acknowledged\": %llu, \"seconds\": %.3f}\n", static_cast<unsigned long long>(count), seconds());
    }
}

int main_of(const std::vector<std::string>& words) {
    const bool issue = words.size() == 3 && words[1] == "issue";
    const bool runs = words.size() >= 7 && (words[4] == "connect" || words[4] == "hold" || words[4] == "messages");
    if (!issue && !runs) {
        std::cerr << "usage: gateway_load issue PKI | PROTOCOL PORT IDENTITIES connect|hold|messages COUNT ...\n";
        return 2;
    }
    if (issue) {
        issue_identities(words[2]);
        return 0;
    }
    run({.protocol = words[1],
         .file = words[3],
         .mode = words[4],
         .port = static_cast<std::uint16_t>(std::stoul(words[2])),
         .count = std::stoul(words[5]),
         .second = std::stoul(words[6]),
         .duration = std::chrono::seconds{words.size() > 7 ? std::stol(words[7]) : 10}});
    return 0;
}

}  // namespace
}  // namespace wasmbed::bench

int main(int argc, char** argv) {
    try {
        return wasmbed::bench::main_of({argv, argv + argc});
    } catch (const std::exception& error) {
        std::cerr << "gateway_load: " << error.what() << '\n';
        return 1;
    }
}
