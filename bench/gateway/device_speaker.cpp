#include <chrono>
#include <openssl/rand.h>
#include <vector>

#include "bench/gateway/speakers.hpp"
#include "core/link/device_session.hpp"

namespace wasmbed::bench {
namespace {

constexpr std::size_t kFrameBytes = 1024;
constexpr std::size_t kSendBytes = 2048;

Instant now() {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return {std::uint64_t(std::chrono::duration_cast<std::chrono::milliseconds>(since).count())};
}

class DeviceSpeaker final : public Speaker, private link::DeviceEvents {
  public:
    explicit DeviceSpeaker(std::size_t backlog_bytes)
        : receive_(kFrameBytes),
          send_(kSendBytes),
          stream_(backlog_bytes),
          session_(hello(), {.receive = receive_, .send = send_, .stream = stream_}, *this) {}

    void connected() override { session_.connected(now()); }
    void received(Bytes plaintext) override { session_.on_bytes(now(), plaintext); }
    Bytes output() override { return session_.poll_output(now()); }
    void consumed(std::size_t bytes) override { session_.consumed(bytes); }
    bool ready() const override { return session_.welcomed(); }
    void tick() override { session_.on_time(now()); }
    std::uint64_t acknowledged() const override { return made_ - session_.backlog().unacknowledged(); }

    void offer(std::size_t window) override {
        static constexpr std::string_view kText = "measured: 21.5 degrees, humid 40";
        while (session_.backlog().unacknowledged() < window) {
            if (!session_.log(now(), LogLevel::info, "", bytes_of(kText))) return;
            ++made_;
        }
    }

  private:
    static proto::Hello hello() {
        proto::BootId boot{};
        RAND_bytes(boot.data(), int(boot.size()));
        return {.boot_id = boot,
                .firmware = "bench",
                .engine_build = "bench",
                .frame_max = kFrameBytes,
                .record_max = 4096,
                .capacity = {.apps_max = 1},
                .board = "sim",
                .reset_reason = "power-on"};
    }

    void on_welcome(const proto::Welcome&) override {}
    void on_desired(const proto::Desired& desired) override { generation_ = desired.generation; }
    proto::Reported reported() override { return {.generation = generation_, .apps = {}}; }
    void on_chunk(const Digest&, std::uint64_t, std::uint64_t, Bytes) override {}
    void on_fetched(const Digest&, std::uint64_t) override {}
    void on_fetch_failed(const Digest&, link::FetchFailure) override {}

    std::vector<std::uint8_t> receive_, send_, stream_;
    link::DeviceSession session_;
    std::uint64_t generation_ = 0;
    std::uint64_t made_ = 0;
};

class SilentSpeaker final : public Speaker {
  public:
    void connected() override { up_ = true; }
    void received(Bytes) override {}
    Bytes output() override { return {}; }
    void consumed(std::size_t) override {}
    bool ready() const override { return up_; }
    void offer(std::size_t) override {}
    std::uint64_t acknowledged() const override { return 0; }

  private:
    bool up_ = false;
};

}  // namespace

std::unique_ptr<Speaker> make_device_speaker(std::size_t backlog_bytes) {
    return std::make_unique<DeviceSpeaker>(backlog_bytes);
}

std::unique_ptr<Speaker> make_silent_speaker() {
    return std::make_unique<SilentSpeaker>();
}

}  // namespace wasmbed::bench
