// The device's program apart from the board: link, apps, storage, log. A superloop of small state machines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "device/hal/board.hpp"
#include "device/runtime/apps/app_manager.hpp"
#include "device/runtime/crypto/drbg.hpp"
#include "device/runtime/identity/identity.hpp"
#ifdef WASMBED_CONSOLE_COMMANDS
#include "device/runtime/report/console_commands.hpp"
#endif
#include "device/runtime/report/device_log.hpp"
#include "device/runtime/store/kv_store.hpp"
#include "device/runtime/uplink/gateway_link.hpp"

namespace wasmbed {

/// Memory that the composition root gives to the runtime for good.
struct RuntimeMemory {
    /// Modules, translated code, linear memories and frames of the apps, the translator's work space, and in front of
    /// all that the buffers of the link (Runtime::kBufferBytes). Any alignment; at least Runtime::kAppsArenaBytesMin.
    /// What is not buffers is what the device reports as RAM for apps.
    std::span<std::byte> apps_arena;
    /// The only memory of the cryptography library: crypto::kArenaBytes or more.
    std::span<std::byte> crypto_arena;
};

/// What the image says about itself; borrowed for good.
struct RuntimeOptions {
    std::string_view firmware_version;  ///< 1..32 characters
};

/// One per process. Everything happens in `poll`; not for interrupt handlers.
class Runtime final : private link::DeviceEvents {
  public:
    static constexpr std::size_t kAppsArenaBytesMin = 64 * 1024;
    /// Largest frame the device takes, bytes without prefix.
    static constexpr std::size_t kFrameBytesMax = 4096;
    static constexpr std::size_t kSendBytes = 128 + apps::kAppsMax * link::kReportedAppBytesMax;
    static constexpr std::size_t kStreamBytes = 8192;
    static constexpr std::size_t kBufferBytes =
        kFrameBytesMax + kSendBytes + kStreamBytes + Identity::kCredentialBytesMax + apps::AppManager::kWorkspaceBytes;

    /// Touches no hardware yet. All that is referred to must outlive the runtime.
    Runtime(const hal::Board& board, const RuntimeMemory& memory, const RuntimeOptions& options);

    /// One turn of the superloop: the first turns boot (banner, store, entropy, identity, stored apps), every later one
    /// moves each state machine on by a bounded step. Returns the `Clock` time in microseconds until which the caller
    /// may idle:
    ///     for (;;) board.idle.wait_until(runtime.poll());
    /// A turn takes a fuel slice per app; one signature operation (up to 90 million instructions) is the longest it
    /// takes.
    [[nodiscard]] std::uint64_t poll();

  private:
    enum class Phase : std::uint8_t { Banner, Store, Entropy, Identity, Apps, Running, Halted };

    void on_welcome(const proto::Welcome& welcome) override;
    void on_desired(const proto::Desired& desired) override;
    void on_wall_time(std::uint64_t unix_ms) override {
        apps_.set_wall_time(unix_ms);
#ifdef WASMBED_RENEWAL
        link_->on_wall_time(unix_ms);
#endif
    }
    proto::Reported reported() override { return apps_.reported(); }
    void add_usage(proto::Heartbeat& heartbeat) override { apps_.add_usage(heartbeat); }
    void on_chunk(const Digest& digest, std::uint64_t offset, std::uint64_t total, Bytes data) override;
    void on_fetched(const Digest& digest, std::uint64_t total) override { apps_.on_fetched(digest, total); }
    void on_fetch_failed(const Digest& digest, link::FetchFailure failure) override {
        apps_.on_fetch_failed(digest, failure);
    }

#ifdef WASMBED_RENEWAL
    proto::Renew renewal() override { return link_->renewal(); }
    void on_renewed(const proto::Renewed& renewed) override { link_->on_renewed(renewed); }
    void on_renewal_refused(proto::ErrorCode code, std::string_view text) override {
        link_->on_renewal_refused(code, text);
    }
#endif

    // runtime_boot.cpp: each returns when to go on, `now` for at once.
    Instant boot_step(Instant now);
    Instant say_banner(Instant now);
    Instant open_store(Instant now);
    Instant start_entropy(Instant now);
    Instant load_identity(Instant now);
    Instant start_apps(Instant now);
    void say_crash();
    Instant halt(std::string_view why);
    Instant halt(const char* why);
    std::span<const std::string_view> list_features();
    proto::Hello make_hello();
    MutableBytes carve(std::size_t bytes);

    hal::Board board_;
    RuntimeMemory memory_;
    RuntimeOptions options_;
    MutableBytes free_memory_;  ///< what `carve` has not given away
    Phase phase_ = Phase::Banner;
    Instant boot_at_{0};  ///< next boot step
    FixedVector<std::string_view, 8> features_;
    char led_count_[8] = {};  ///< "leds:2", which features_ refers to
    bool entropy_failed_ = false;
    bool identity_failed_ = false;

    DeviceLog log_;
    store::KvStore kv_;
    crypto::Drbg drbg_;
    crypto::PsaCrypto crypto_;
    Identity identity_;
    MutableBytes receive_;
    MutableBytes send_;
    MutableBytes stream_;
    apps::AppManager apps_;
    std::optional<link::DeviceSession> session_;
    std::optional<GatewayLink> link_;
    bool was_connected_ = false;
#ifdef WASMBED_CONSOLE_COMMANDS
    ConsoleCommands commands_;
#endif
};

}  // namespace wasmbed
