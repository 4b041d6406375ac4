// The one app of a board with 8 KB of RAM: fetched into the store, verified, translated out of it, run.
#pragma once

#include <optional>

#include "core/base/fixed_string.hpp"
#include "core/link/device_session.hpp"
#include "core/proto/manifest.hpp"
#include "core/proto/provision.hpp"
#include "core/wasm/engine.hpp"
#include "device/hal/board.hpp"
#include "device/runtime/crypto/psa_crypto.hpp"
#include "device/runtime/small/small_store.hpp"

namespace wasmbed {

/// Memory that an app and its installation have while no handshake has it.
struct SmallAppMemory {
    MutableBytes kept;        ///< nothing but handshakes use it
    MutableBytes area;        ///< `kept`, and behind it the part of the stack that only handshakes and signatures need
    void (*lend)(bool lent);  ///< moves the stack's end above `area`, and back
};

/// What is stored is verified again at each start: the manifest's signature, the module's digest. A module that was
/// damaged there is fetched anew; when the storage does not answer, everything is tried again after a while.
class SmallApp {
  public:
    SmallApp(const hal::Board& board, const SmallAppMemory& memory);

    /// Once, before `poll`; both must outlive this.
    void start(link::DeviceSession& session, const proto::Provision& provision);
    /// The memory is the app's from now on, or again: what was put aside is read back and goes on.
    void resume();
    /// The memory is wanted for a handshake: an app that runs is put aside, an installation begins again after
    /// `resume`.
    void pause();

    /// One step of an installation or one slice; when to come again.
    Instant poll(Instant now);

    void on_desired(const proto::Desired& desired);
    void on_disconnected() { linked_ = false; }
    void on_chunk(std::uint64_t offset, std::uint64_t total, Bytes data);
    void on_fetched() { fetched_ = true; }
    void on_fetch_failed() { fetch_failed_ = true; }
    /// Empty when there is no app.
    std::span<const proto::ReportedApp> reported();

    /// Bytes that image and instance of an app may have together.
    std::size_t app_bytes() const;
    /// The host functions' side.
    wasm::HostResult sleep_until(Instant at);
    void say(LogLevel level, Bytes text);
    const hal::Board& board() const { return board_; }
    Instant now() const { return {board_.clock.now_ms()}; }
    bool permits_led(std::uint32_t led) const { return led < 32 && (leds_ >> led & 1) != 0; }
    void exit(std::int32_t code) { reported_.exit_code = code; }
    std::uint64_t wall_ms() const { return wall_offset_ms_ == 0 ? 0 : wall_offset_ms_ + board_.clock.now_ms(); }
    crypto::PsaCrypto& crypto() { return crypto_; }

  private:
    enum class Step : std::uint8_t {
        None,
        Stored,
        Remove,
        FetchManifest,
        Verify,
        FindModule,
        FetchModule,
        Save,
        Load,
        Link,
        Running,
        Asleep,
        Backoff
    };
    struct Loaded;

    [[gnu::noinline]] SmallStore* open_store();
    [[gnu::noinline]] void find_stored();
    [[gnu::noinline]] void remove();
    [[gnu::noinline]] void fetch_manifest();
    [[gnu::noinline]] void verify();
    [[gnu::noinline]] bool check(const proto::Manifest& manifest);
    [[gnu::noinline]] void find_module();
    [[gnu::noinline]] void finish_module();
    [[gnu::noinline]] void save();
    [[gnu::noinline]] std::optional<Digest> stored_digest(std::uint32_t at);
    [[gnu::noinline]] bool stored_module_is_whole();
    [[gnu::noinline]] void load();
    [[gnu::noinline]] bool link();
    void wake();
    void begin_again();
    [[gnu::noinline]] bool put_aside();
    [[gnu::noinline]] bool take_back();
    [[gnu::noinline]] Instant run(Instant now);
    [[gnu::noinline]] void ended(bool success, Instant now);
    [[gnu::noinline]] void refuse(proto::AppReason reason, std::string_view detail);
    [[gnu::noinline]] void refuse(proto::AppReason reason, std::string_view detail, std::optional<wasm::Rule> rule);
    [[gnu::noinline]] void storage_failed(store::KvError error);
    void begin_fetch();
    void set(proto::AppState state, proto::AppReason reason = proto::AppReason::none, std::string_view detail = {});
    [[gnu::noinline]] void console(std::string_view what, std::string_view more = {});
    MutableBytes record() const { return memory_.kept.first(memory_.kept.size() - kHashBytes); }
    std::span<std::byte> hash_memory() const;

    static constexpr std::size_t kHashBytes = 128;

    const hal::Board& board_;
    SmallAppMemory memory_;
    crypto::PsaCrypto crypto_;
    link::DeviceSession* session_ = nullptr;
    const proto::Provision* provision_ = nullptr;
    Sha256* hash_ = nullptr;
    SmallStore* kv_ = nullptr;  ///< in the area, while installing
    Loaded* loaded_ = nullptr;  ///< likewise, while running
    Step step_ = Step::None;
    bool mine_ = false;   ///< the area
    bool moved_ = false;  ///< in this turn: the session has something to send
    bool used_ = false;
    bool run_ = false;
    bool linked_ = false;
    bool fetched_ = false;
    bool fetch_failed_ = false;
    bool from_store_ = false;
    std::uint8_t slot_ = 0;  ///< of the module, in the store
    proto::RestartPolicy policy_{};
    std::uint32_t record_bytes_ = 0;  ///< 0: it is not in memory
    FixedString<36> uid_;
    Digest module_{};
    Digest aside_{};  ///< of the area, while it is in the swap store
    std::uint32_t module_bytes_ = 0;
    std::uint32_t module_at_ = 0;     ///< in the store, while loaded
    std::uint32_t memory_bytes_ = 0;  ///< the manifest's limit, 0: none
    std::uint32_t stack_bytes_ = 0;
    std::uint32_t leds_ = 0;
    std::uint32_t restarts_max_ = 0;
    std::uint32_t backoff_ms_ = 0;
    Instant at_{0};
    std::uint64_t wall_offset_ms_ = 0;
    FixedString<31> revision_;
    FixedString<39> detail_;
    proto::ReportedApp reported_;
};

}  // namespace wasmbed
