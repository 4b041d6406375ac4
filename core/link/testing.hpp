// Both ends of a session in memory, for tests: what a runtime and a gateway would do, reduced to remembering.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/link/device_session.hpp"
#include "core/link/gateway_session.hpp"

namespace wasmbed::link {

inline constexpr proto::BootId kBoot{1, 2, 3, 4, 5, 6, 7, 8};
inline constexpr Digest kBlobDigest{0xB1};

inline Digest digest_named(std::uint8_t n) {
    return Digest{n};
}

/// Heap memory, counted: a session that ended or idles has none.
class HeapMemory final : public proto::FrameMemory {
  public:
    MutableBytes acquire(std::size_t bytes) override {
        if (bytes > limit) return {};
        ++borrowed;
        return {new std::uint8_t[bytes], bytes};
    }
    void release(MutableBytes memory) override {
        --borrowed;
        delete[] memory.data();
    }
    std::size_t limit = SIZE_MAX;
    int borrowed = 0;
};

class TestDevice final : public DeviceEvents {
  public:
    explicit TestDevice(std::uint32_t frame_max = 1024, std::size_t stream_bytes = 4096)
        : receive_(frame_max),
          send_(700),
          stream_(stream_bytes),
          session(hello(frame_max), {receive_, send_, stream_}, *this) {}

    void on_welcome(const proto::Welcome& welcome) override {
        epoch = welcome.epoch;
        generation = 0;
    }
    void on_desired(const proto::Desired& desired) override {
        generation = desired.generation;
        apps.clear();
        for (const proto::DesiredApp& app : desired.apps) apps.push_back(std::string(app.app));
        if (fetch_on_desired && blob.size() < blob_bytes) session.fetch(kBlobDigest, blob.size(), 100000);
    }
    proto::Reported reported() override { return {.generation = generation, .apps = {}}; }
    void add_usage(proto::Heartbeat& heartbeat) override {
        heartbeat.memory_bytes = memory_bytes;
        heartbeat.fuel = fuel;
    }
    void on_chunk(const Digest&, std::uint64_t offset, std::uint64_t, Bytes data) override {
        EXPECT_EQ(offset, blob.size());
        blob.insert(blob.end(), data.begin(), data.end());
    }
    void on_fetched(const Digest&, std::uint64_t total) override { fetched = total; }
    void on_fetch_failed(const Digest&, FetchFailure failure) override { fetch_failure = failure; }

    std::optional<std::uint32_t> memory_bytes;
    std::optional<std::uint32_t> fuel;

    bool log(Instant now, std::string_view text) { return session.log(now, LogLevel::info, "app", bytes_of(text)); }

    static proto::Hello hello(std::uint32_t frame_max) {
        return {.boot_id = kBoot,
                .firmware = "1.0",
                .engine_build = "e1",
                .frame_max = frame_max,
                .record_max = 512,
                .capacity = {.apps_max = 4},
                .board = "sim",
                .reset_reason = "power-on"};
    }

    std::uint64_t epoch = 0;
    std::uint64_t generation = 0;
    std::vector<std::string> apps;
    bool fetch_on_desired = false;
    std::size_t blob_bytes = 0;
    std::vector<std::uint8_t> blob;
    std::optional<std::uint64_t> fetched;
    std::optional<FetchFailure> fetch_failure;

  private:
    std::vector<std::uint8_t> receive_;
    std::vector<std::uint8_t> send_;
    std::vector<std::uint8_t> stream_;

  public:
    DeviceSession session;
};

/// What outlives a connection in a gateway, and the listener of each session.
class TestGateway final : public GatewayEvents {
  public:
    void on_hello(const proto::Hello& hello) override {
        ++hellos;
        board = std::string(hello.board);
        if (welcome_at_once) welcome();
    }
    void welcome() { session->welcome(now, {.epoch = ++epoch, .heartbeat_seconds = 30}, stored_seq); }
    void on_reported(const proto::Reported& reported) override {
        ++reports;
        reported_generation = reported.generation;
    }
    void on_heartbeat(const proto::Heartbeat& heartbeat) override { heartbeats.push_back(heartbeat); }
    void on_log(const proto::Log& log) override { keep(log.head, std::string(log.text)); }
    void on_event(const proto::Event& event) override { keep(event.head, "event " + std::to_string(event.value)); }
    void on_dropped(const proto::Dropped& dropped) override {
        keep(dropped.head, "dropped " + std::to_string(dropped.count));
    }
    proto::Desired desired() override { return {.generation = generation, .time_ms = 1, .gateways = {}, .apps = apps}; }
    Blob blob(const Digest& digest) override {
        if (digest != kBlobDigest) return {.state = Blob::State::missing};
        if (!blob_here) return {.state = Blob::State::later};
        return {.state = Blob::State::ready, .data = blob_data};
    }
    void on_served(const Digest&, std::uint64_t offset, std::size_t bytes, std::uint64_t total) override {
        served = offset + bytes == total;
    }
    std::uint64_t wall_time_ms() override { return 1700000000000; }

    Instant now{};
    GatewaySession* session = nullptr;
    bool welcome_at_once = true;
    bool store_at_once = true;
    std::uint64_t epoch = 0;
    std::uint64_t stored_seq = 0;
    std::uint64_t generation = 1;
    std::vector<proto::DesiredApp> apps;
    bool blob_here = true;
    std::vector<std::uint8_t> blob_data;

    int hellos = 0;
    int reports = 0;
    bool served = false;
    std::string board;
    std::uint64_t reported_generation = 0;
    std::vector<proto::Heartbeat> heartbeats;
    std::vector<std::string> records;

  private:
    void keep(const proto::StreamHead& head, std::string text) {
        records.push_back(std::move(text));
        if (!store_at_once) return;
        stored_seq = head.seq;
        session->stored(head.seq);
    }
};

/// A device, a gateway and the connection between them.
class Pair {
  public:
    explicit Pair(std::uint32_t frame_max = 1024, std::size_t stream_bytes = 4096) : device(frame_max, stream_bytes) {}
    ~Pair() { disconnect(); }

    void connect() {
        disconnect();
        session.emplace(now, memory, gateway);
        gateway.session = &*session;
        gateway.now = now;
        device.session.connected(now);
    }
    void disconnect() {
        if (!session) return;
        device.session.disconnected();
        session.reset();
        gateway.session = nullptr;
        EXPECT_EQ(memory.borrowed, 0);
    }

    /// Moves bytes both ways until both sides are silent, or `budget` bytes have passed: then the connection is cut.
    /// `piece`: most bytes that one on_bytes gets. Returns the bytes that passed.
    std::size_t run(std::size_t budget = SIZE_MAX, std::size_t piece = SIZE_MAX) {
        const std::size_t start = budget;
        bool moved = true;
        while (moved && budget > 0) {
            moved = move(device.session, *session, budget, piece);
            if (budget > 0) moved = move(*session, device.session, budget, piece) || moved;
        }
        const std::size_t passed = start - budget;
        if (budget == 0) disconnect();
        return passed;
    }

    /// Passes time on both sides.
    void wait(Duration time) {
        now = now + time;
        gateway.now = now;
        device.session.on_time(now);
        if (session) session->on_time(now);
    }

    bool both_open() const {
        return device.session.closed() == CloseReason::none && session->closed() == CloseReason::none;
    }

    Instant now{1000};
    HeapMemory memory;
    TestGateway gateway;
    TestDevice device;
    std::optional<GatewaySession> session;

  private:
    bool move(Connection& from, Connection& to, std::size_t& budget, std::size_t piece) {
        const Bytes output = from.poll_output(now);
        EXPECT_LE(output.size(), from.record_limit());
        const Bytes part = output.first(std::min({output.size(), budget, piece}));
        // A copy of its own, so that the sanitizer sees reads beyond it.
        const std::vector<std::uint8_t> copy(part.begin(), part.end());
        from.consumed(copy.size());
        budget -= copy.size();
        to.on_bytes(now, copy);
        return !copy.empty();
    }
};

/// The frames in what a session has to say; for tests of one side. Each is decoded when asked.
inline std::vector<std::vector<std::uint8_t>> take_frames(Connection& connection, Instant now) {
    std::vector<std::uint8_t> bytes;
    for (Bytes part = connection.poll_output(now); !part.empty(); part = connection.poll_output(now)) {
        bytes.insert(bytes.end(), part.begin(), part.end());
        connection.consumed(part.size());
    }
    std::vector<std::vector<std::uint8_t>> frames;
    std::size_t at = 0;
    while (at + 4 <= bytes.size()) {
        const std::size_t size = std::size_t{bytes[at + 2]} << 8 | bytes[at + 3];
        frames.emplace_back(bytes.begin() + static_cast<std::ptrdiff_t>(at + 4),
                            bytes.begin() + static_cast<std::ptrdiff_t>(at + 4 + size));
        at += 4 + size;
    }
    EXPECT_EQ(at, bytes.size());
    return frames;
}

/// The first message of type M among frames; fails the test when there is none.
template <class M>
M message_in(const std::vector<std::vector<std::uint8_t>>& frames) {
    for (const auto& frame : frames) {
        const auto envelope = proto::decode_envelope(frame);
        EXPECT_TRUE(envelope.has_value());
        if (envelope && envelope->type == proto::Wire<M>::kType) return proto::decode<M>(*envelope).value();
    }
    ADD_FAILURE() << "no message of type " << static_cast<int>(proto::Wire<M>::kType);
    return {};
}

/// A message as it comes from the wire.
template <class M>
std::vector<std::uint8_t> wire_bytes(const M& message, proto::MessageId id = 1) {
    std::vector<std::uint8_t> buffer(70000);
    buffer.resize(proto::encode_frame(buffer, id, message).value().size());
    return buffer;
}

}  // namespace wasmbed::link
