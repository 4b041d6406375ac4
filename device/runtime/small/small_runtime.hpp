// The device's program where 8 KB of RAM are all there is: entropy, store, one session by a pre-shared key, one app.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/link/backoff.hpp"
#include "core/link/device_session.hpp"
#include "core/proto/provision.hpp"
#include "device/hal/board.hpp"
#include "device/runtime/crypto/drbg.hpp"
#include "device/runtime/small/small_app.hpp"
#include "device/runtime/transport/tls_client.hpp"

namespace wasmbed {

/// One per process; not for interrupt handlers. Built of the same parts as `Runtime`, without certificates: the factory
/// partition's token is the pre-shared key, its id the identity. Says what it does on the console.
class SmallRuntime final : private link::DeviceEvents {
  public:
    /// Largest frame the device takes, bytes without prefix, and room for what it sends.
    static constexpr std::size_t kFrameBytesMax = 256;
    static constexpr std::size_t kSendBytes = 224;
    /// Logs and events that the gateway has not acknowledged.
    static constexpr std::size_t kBacklogBytes = 192;

    /// Touches no hardware yet. All that is referred to must outlive the runtime.
    SmallRuntime(const hal::Board& board, std::span<std::byte> crypto_arena, const SmallAppMemory& app_memory,
                 std::string_view firmware_version);

    /// One turn of the superloop; returns the `Clock` time in microseconds until which the caller may idle. One scalar
    /// multiplication (up to 45 million instructions) is the longest a turn takes.
    [[nodiscard]] std::uint64_t poll();

  private:
    enum class Phase : std::uint8_t { Banner, Store, Entropy, Factory, Waiting, Connecting, Session, Halted };

    void on_welcome(const proto::Welcome& welcome) override;
    void on_desired(const proto::Desired& desired) override;
    proto::Reported reported() override;
    void on_chunk(const Digest&, std::uint64_t offset, std::uint64_t total, Bytes data) override {
        app_.on_chunk(offset, total, data);
    }
    void on_fetched(const Digest&, std::uint64_t) override { app_.on_fetched(); }
    void on_fetch_failed(const Digest&, link::FetchFailure) override { app_.on_fetch_failed(); }

    Instant step(Instant now);
    // Not inlined: what one needs of the stack would be missing in another's handshake.
    [[gnu::noinline]] Instant open_store(Instant now);
    [[gnu::noinline]] Instant start_entropy(Instant now);
    [[gnu::noinline]] Instant read_factory(Instant now);
    [[gnu::noinline]] Instant connect(Instant now);
    [[gnu::noinline]] Instant poll_connecting(Instant now);
    [[gnu::noinline]] Instant pump(Instant now, std::string_view& why);
    [[gnu::noinline]] Instant drop(Instant now, std::string_view why);
    [[gnu::noinline]] Instant halt(std::string_view why);
    [[gnu::noinline]] proto::Hello make_hello();
    [[gnu::noinline]] void say(std::string_view text, std::string_view more = {});

    const hal::Board& board_;
    std::span<std::byte> crypto_arena_;
    std::string_view firmware_version_;
    Phase phase_ = Phase::Banner;
    bool entropy_failed_ = false;
    bool crash_told_ = false;
    Instant at_{0};  ///< next step of a phase that waits
    Instant give_up_at_ = kNever;
    std::uint64_t generation_ = 0;
    std::uint32_t store_bytes_ = 0;
    crypto::Drbg drbg_;
    proto::Provision provision_;
    transport::TlsClient tls_;
    link::Backoff backoff_;
    std::optional<link::DeviceSession> session_;
    std::uint8_t receive_[kFrameBytesMax];
    std::uint8_t send_[kSendBytes];
    std::uint8_t backlog_[kBacklogBytes];
    SmallApp app_;
};

}  // namespace wasmbed
