// Any bytes, in any pieces, at any time, to each of the four roles: they end or go on, and say what fits the peer.

#include <cstring>
#include <vector>

#include "core/base/assert.hpp"
#include "core/link/device_session.hpp"
#include "core/link/enroll.hpp"
#include "core/link/gateway_session.hpp"

using namespace wasmbed;
using namespace wasmbed::link;

namespace {

class Memory final : public proto::FrameMemory {
  public:
    ~Memory() override { WASMBED_ASSERT(borrowed_ == 0); }
    MutableBytes acquire(std::size_t bytes) override {
        WASMBED_ASSERT(bytes <= proto::kFrameBytesMax + proto::kFramePrefixBytes);
        ++borrowed_;
        return {new std::uint8_t[bytes], bytes};
    }
    void release(MutableBytes memory) override {
        --borrowed_;
        delete[] memory.data();
    }

  private:
    int borrowed_ = 0;
};

class Device final : public DeviceEvents, public EnrollDevice::Events {
  public:
    void on_welcome(const proto::Welcome&) override { session->fetch(Digest{}, 0, 4096); }
    void on_desired(const proto::Desired& desired) override {
        for (const proto::DesiredApp& app : desired.apps) session->fetch(app.manifest, 0, 4096);
    }
    proto::Reported reported() override { return {}; }
    void on_chunk(const Digest&, std::uint64_t offset, std::uint64_t total, Bytes data) override {
        WASMBED_ASSERT(offset + data.size() <= total && total <= 4096);
    }
    void on_fetched(const Digest&, std::uint64_t) override {}
    void on_fetch_failed(const Digest&, FetchFailure) override {}
    void on_enrolled(const proto::Enrolled& enrolled) override {
        for (Bytes certificate : enrolled.chain) WASMBED_ASSERT(!certificate.empty());
    }
    DeviceSession* session = nullptr;
};

class Gateway final : public GatewayEvents, public EnrollGateway::Events {
  public:
    void on_hello(const proto::Hello&) override { session->welcome(now, {.epoch = 1, .heartbeat_seconds = 30}, 0); }
    void on_reported(const proto::Reported& reported) override {
        for (const proto::ReportedApp& app : reported.apps) WASMBED_ASSERT(!app.app.empty());
    }
    void on_heartbeat(const proto::Heartbeat&) override {}
    void on_log(const proto::Log& log) override { keep(log.head.seq); }
    void on_event(const proto::Event& event) override { keep(event.head.seq); }
    void on_dropped(const proto::Dropped& dropped) override { keep(dropped.head.seq); }
    proto::Desired desired() override { return {}; }
    Blob blob(const Digest& digest) override {
        return {.state = static_cast<Blob::State>(digest[0] % 3), .data = Bytes(content)};
    }
    void on_served(const Digest&, std::uint64_t offset, std::size_t bytes, std::uint64_t total) override {
        WASMBED_ASSERT(offset + bytes <= total);
    }
    std::uint64_t wall_time_ms() override { return 1; }
    void on_enroll(const proto::Enroll&) override { enroll->answer({.outcome = proto::EnrollOutcome::pending}); }

    Instant now{};
    GatewaySession* session = nullptr;
    EnrollGateway* enroll = nullptr;
    std::uint8_t content[3000] = {};

  private:
    void keep(std::uint64_t seq) {
        WASMBED_ASSERT(seq > last_);
        last_ = seq;
        session->stored(seq);
    }
    std::uint64_t last_ = 0;
};

// The input is a list of steps: a byte that says how much follows (or, at 255, that time passes), then the bytes.
void drive(Connection& connection, Gateway* gateway, Bytes input) {
    Instant now{1};
    while (!input.empty()) {
        const std::size_t step = input.front();
        input = input.subspan(1);
        if (step == 255) {
            now = now + Duration::seconds(20);
            if (gateway != nullptr) gateway->now = now;
            connection.on_time(now);
        } else {
            const Bytes part = input.first(std::min(step, input.size()));
            input = input.subspan(part.size());
            // A copy, so that reading beyond it is seen.
            connection.on_bytes(now, std::vector<std::uint8_t>(part.begin(), part.end()));
        }
        const Bytes output = connection.poll_output(now);
        WASMBED_ASSERT(output.size() <= connection.record_limit());
        connection.consumed(output.size() > 3 ? output.size() - 1 : output.size());
        static_cast<void>(connection.next_deadline());
    }
}

void drive_device(Bytes input) {
    std::uint8_t receive[1024];
    std::uint8_t send[512];
    std::uint8_t stream[256];
    Device device;
    const proto::Hello hello{.firmware = "1",
                             .engine_build = "1",
                             .frame_max = sizeof receive,
                             .record_max = 512,
                             .board = "b",
                             .reset_reason = "r"};
    DeviceSession session(hello, {receive, send, stream}, device);
    device.session = &session;
    session.connected({1});
    for (int i = 0; i < 10; ++i)
        session.log({1}, LogLevel::info, "app", input.first(std::min<std::size_t>(input.size(), 20)));
    drive(session, nullptr, input);
    session.disconnected();
}

void drive_enroll_device(Bytes input) {
    std::uint8_t receive[1024];
    std::uint8_t send[512];
    Device device;
    const std::uint8_t id[] = {1};
    const proto::Enroll request{.hardware_id = id, .csr = id, .board = "b"};
    EnrollDevice session({1}, request, receive, send, device);
    drive(session, nullptr, input);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const Bytes input(data + 1, size - 1);
    Memory memory;
    Gateway gateway;
    switch (data[0] % 4) {
        case 0:
            drive_device(input);
            break;
        case 1:
            drive_enroll_device(input);
            break;
        case 2: {
            GatewaySession session({1}, memory, gateway);
            gateway.session = &session;
            drive(session, &gateway, input);
            break;
        }
        case 3: {
            EnrollGateway session({1}, memory, gateway);
            gateway.enroll = &session;
            drive(session, &gateway, input);
            break;
        }
    }
    return 0;
}
