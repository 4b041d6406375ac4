#include "device/runtime/small/small_runtime.hpp"

#include "core/base/text_writer.hpp"
#include "device/runtime/store/kv_store.hpp"

namespace wasmbed {
namespace {

using transport::TlsState;

constexpr Duration kRetry = Duration::seconds(1);
constexpr Duration kBackoffMin{250};
constexpr Duration kBackoffMax = Duration::seconds(30);
/// Without an answer, or any other step of the handshake: an app waits meanwhile. The longest step, a scalar
/// multiplication, takes 2 s at 24 MHz.
constexpr Duration kAnswerTimeout = Duration::seconds(15);
constexpr Duration kHandshakePoll{2};
/// What is translated in one go from a store of 56 KB; what fits in memory is less and depends on the module.
constexpr std::uint64_t kModuleBytesMax = 4096;
constexpr std::string_view kFeatures[] = {"wasm"};
constexpr std::string_view kFeaturesWithLeds[] = {"wasm", "led"};

}  // namespace

SmallRuntime::SmallRuntime(const hal::Board& board, std::span<std::byte> crypto_arena, const SmallAppMemory& app_memory,
                           std::string_view firmware_version)
    : board_(board),
      crypto_arena_(crypto_arena),
      firmware_version_(firmware_version),
      drbg_(board.entropy, board.seed_store),
      tls_(*board.link_stream),
      backoff_(kBackoffMin, kBackoffMax),
      app_(board_, app_memory) {}

/// "[seconds.millis] info boot: text", as the larger runtime's log has it.
void SmallRuntime::say(std::string_view text, std::string_view more) {
    const std::uint64_t ms = board_.clock.now_ms();
    char line[96];
    TextWriter out{line};
    out.text("[").decimal(ms / 1000).text(".");
    if (ms % 1000 < 100) out.text("0");
    if (ms % 1000 < 10) out.text("0");
    out.decimal(ms % 1000).text("] info boot: ").text(text).text(more).text("\r\n");
    board_.console.write_blocking(bytes_of(out.view()));
}

std::uint64_t SmallRuntime::poll() {
    const Instant now{board_.clock.now_ms()};
    const Instant next = step(now);
    return next < kNever ? next.ms * 1000 : hal::Idle::kForever;
}

Instant SmallRuntime::step(Instant now) {
    switch (phase_) {
        case Phase::Banner:
            say("wasmbed on ", board_.info.board());
            phase_ = Phase::Store;
            return now;
        case Phase::Store:
            return now < at_ ? at_ : at_ = open_store(now);
        case Phase::Entropy:
            return now < at_ ? at_ : at_ = start_entropy(now);
        case Phase::Factory:
            return read_factory(now);
        case Phase::Waiting:
            return now < at_ ? sooner(at_, app_.poll(now)) : connect(now);
        case Phase::Connecting:
            return poll_connecting(now);
        case Phase::Session: {
            std::string_view why;
            const Instant next = pump(now, why);
            return why.empty() ? sooner(next, app_.poll(now)) : drop(now, why);
        }
        case Phase::Halted:
            break;
    }
    return kNever;
}

Instant SmallRuntime::halt(std::string_view why) {
    say("error: ", why);
    phase_ = Phase::Halted;
    return kNever;
}

Instant SmallRuntime::open_store(Instant now) {
    // Not kept: its table would take the room of a frame, and nothing uses it before there are apps.
    store::KvStore kv{board_.store};
    const auto report = kv.open();
    if (!report) {
        say("error: ", store::text_of(report.error()));
        return now + kRetry;
    }
    store_bytes_ = kv.capacity_bytes();
    say(report->formatted ? "store formatted" : "store opened");
    phase_ = Phase::Entropy;
    return now;
}

Instant SmallRuntime::start_entropy(Instant now) {
    auto started = crypto::init_psa(crypto_arena_, drbg_);
    if (started) started = drbg_.start(board_.info.hardware_id());
    if (!started) {
        if (!entropy_failed_) say("error: no entropy: ", crypto::text_of(started.error()));
        entropy_failed_ = true;
        return now + kRetry;
    }
    say("entropy ready");
    phase_ = Phase::Factory;
    return now;
}

Instant SmallRuntime::read_factory(Instant now) {
    const auto read = proto::decode_provision(board_.factory.bytes());
    if (!read) return halt("the factory partition is blank, damaged or too large: provision the device");
    provision_ = *read;
    if (provision_.token.id.empty()) return halt("the factory partition has no pre-shared key");
    session_.emplace(make_hello(), link::DeviceMemory{receive_, send_, backlog_},
                     static_cast<link::DeviceEvents&>(*this));
    app_.start(*session_, provision_);
    app_.resume();
    say("identity is ", provision_.name);
    phase_ = Phase::Waiting;
    return now;
}

proto::Hello SmallRuntime::make_hello() {
    proto::Hello hello;
    if (!drbg_.random(hello.boot_id)) hello.boot_id = {};
    hello.firmware = firmware_version_;
    hello.engine_build = "0.1.0-int";
    hello.frame_max = kFrameBytesMax;
    hello.record_max = transport::TlsClient::kRecordInBytesMax;
    hello.capacity.store_bytes = store_bytes_;
    hello.capacity.features = board_.leds != nullptr ? std::span<const std::string_view>{kFeaturesWithLeds}
                                                     : std::span<const std::string_view>{kFeatures};
    hello.capacity.app_ram_bytes = app_.app_bytes();
    hello.capacity.apps_max = 1;
    hello.capacity.module_bytes_max = kModuleBytesMax;
    hello.board = board_.info.board();
    hello.reset_reason = hal::text_of(board_.reset.reason());
    return hello;
}

Instant SmallRuntime::connect(Instant now) {
    app_.pause();
    transport::TlsOptions options;
    options.address = "line";
    options.alpn = "wasmbed/1";
    options.psk = provision_.token.secret;
    options.psk_identity = provision_.token.id;
    give_up_at_ = now + kAnswerTimeout;
    phase_ = Phase::Connecting;
    if (const auto started = tls_.start(options); !started) return drop(now, transport::text_of(started.error()));
    return now;
}

Instant SmallRuntime::poll_connecting(Instant now) {
    const TlsState state = tls_.poll();
    if (state == TlsState::Open) {
        say("connected, TLSv1.3 with a pre-shared key");
        session_->connected(now);
        app_.resume();
        phase_ = Phase::Session;
        return now;
    }
    if (state != TlsState::Connecting && state != TlsState::Handshaking)
        return drop(now, transport::text_of(tls_.error()));
    if (tls_.busy()) give_up_at_ = Instant{board_.clock.now_ms()} + kAnswerTimeout;
    if (now >= give_up_at_) return drop(now, "no answer in time");
    return now + kHandshakePoll;
}

/// `why` the session is over; it does not end in here, where the stack is deep already.
Instant SmallRuntime::pump(Instant now, std::string_view& why) {
    std::uint8_t buffer[64];
    bool moved = false;
    TlsState state = tls_.poll();
    while (state == TlsState::Open) {
        const auto got = tls_.read(buffer);
        if (!got || *got == 0) break;
        session_->on_bytes(now, {buffer, *got});
        moved = true;
    }
    session_->on_time(now);
    bool blocked = false;
    while (state == TlsState::Open && !blocked) {
        const Bytes output = session_->poll_output(now);
        if (output.empty()) break;
        const auto sent = tls_.write(output.first(output.size() < 256 ? output.size() : 256));
        blocked = !sent || *sent == 0;
        if (!blocked) session_->consumed(*sent);
        moved = moved || !blocked;
    }
    state = tls_.poll();
    if (session_->closed() != link::CloseReason::none && !blocked) why = link::close_reason_name(session_->closed());
    if (state != TlsState::Open)
        why = state == TlsState::Closed ? "closed by the gateway" : transport::text_of(tls_.error());
    if (moved) return now;
    return blocked ? sooner(now + kHandshakePoll, session_->next_deadline()) : session_->next_deadline();
}

Instant SmallRuntime::drop(Instant now, std::string_view why) {
    if (phase_ == Phase::Session) {
        if (session_->welcomed()) backoff_.reset();
        session_->disconnected();
        app_.on_disconnected();
    }
    tls_.close();
    app_.resume();
    say("connection ended: ", why);
    std::uint8_t random[4] = {};
    (void)drbg_.random(random);
    phase_ = Phase::Waiting;
    return at_ = now + backoff_.next(static_cast<std::uint32_t>(random[0]) << 24 | random[1] << 16 | random[2] << 8 |
                                     random[3]);
}

void SmallRuntime::on_welcome(const proto::Welcome&) {
    char text[24];
    TextWriter peak{text};
    peak.decimal(crypto::arena_use().peak).text(" of ").decimal(crypto::arena_use().size);
    say("welcomed; crypto memory used at most ", peak.view());
    if (const std::string_view crash = board_.reset.crash(); !crash.empty() && !crash_told_) {
        char line[80];
        const std::string_view told = TextWriter{line}.text("crashed before this boot: ").text(crash).view();
        crash_told_ = session_->log(Instant{board_.clock.now_ms()}, LogLevel::error, {}, bytes_of(told));
    }
}

void SmallRuntime::on_desired(const proto::Desired& desired) {
    generation_ = desired.generation;
    app_.on_desired(desired);
}

proto::Reported SmallRuntime::reported() {
    proto::Reported state;
    state.generation = generation_;
    state.apps = app_.reported();
    return state;
}

}  // namespace wasmbed
