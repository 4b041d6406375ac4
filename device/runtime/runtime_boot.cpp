// From power-on to the first turn with apps and link.
#include "core/base/text_writer.hpp"
#include "device/runtime/runtime.hpp"

namespace wasmbed {
namespace {

constexpr Duration kEntropyRetry = Duration::seconds(1);
constexpr Duration kStoreRetry = Duration::seconds(1);
constexpr std::string_view kEngineBuild = "wasm-interpreter-1";

}  // namespace

Instant Runtime::boot_step(Instant now) {
    switch (phase_) {
        case Phase::Banner:
            return say_banner(now);
        case Phase::Store:
            return open_store(now);
        case Phase::Entropy:
            return start_entropy(now);
        case Phase::Identity:
            return load_identity(now);
        case Phase::Apps:
            return start_apps(now);
        case Phase::Running:
        case Phase::Halted:
            break;
    }
    return kNever;
}

/// Nothing that makes sense can be done any more; the console says why.
Instant Runtime::halt(std::string_view why) {
    log_.boot(LogLevel::error, why);
    phase_ = Phase::Halted;
    return kNever;
}

Instant Runtime::halt(const char* why) {
    return halt(std::string_view{why});
}

Instant Runtime::say_banner(Instant now) {
    char line[120];
    TextWriter text{line};
    text.text("wasmbed ").text(options_.firmware_version).text(" on ").text(board_.info.board());
    log_.boot(LogLevel::info, text.view());
    if (memory_.apps_arena.size() < kAppsArenaBytesMin) return halt("memory for apps is too small");
    phase_ = Phase::Store;
    return now;
}

Instant Runtime::open_store(Instant now) {
    const Result<store::OpenReport, store::KvError> report = kv_.open();
    char line[120];
    TextWriter text{line};
    if (!report) return halt(text.text("store cannot be used: ").text(store::text_of(report.error())).view());
    if (report->formatted) log_.boot(LogLevel::info, "store formatted");
    if (report->damaged > 0) {
        text.text("store has ").decimal(report->damaged).text(" damaged records, their values are lost");
        log_.boot(LogLevel::error, text.view());
    }
    phase_ = Phase::Entropy;
    return now;
}

/// Without entropy there are no keys and no link, and nothing of what apps rely on: the device waits for it.
Instant Runtime::start_entropy(Instant now) {
    Result<void, crypto::CryptoError> started = crypto::init_psa(memory_.crypto_arena, drbg_);
    if (started) started = drbg_.start(board_.info.hardware_id());
    if (!started) {
        char line[120];
        if (!entropy_failed_)
            log_.boot(LogLevel::error,
                      TextWriter{line}.text("no entropy: ").text(crypto::text_of(started.error())).view());
        entropy_failed_ = true;
        return now + kEntropyRetry;
    }
    log_.boot(LogLevel::info, "entropy ready");
    phase_ = Phase::Identity;
    return now;
}

Instant Runtime::load_identity(Instant now) {
    char line[120];
    TextWriter text{line};
    phase_ = Phase::Apps;
    if (const Result<void, IdentityError> read = identity_.read_factory(); !read) {
        text.text(text_of(read.error())).text(": provision the device");
        log_.boot(LogLevel::error, text.view());
        return now;
    }
    const Result<bool, IdentityError> made = identity_.load_key();
    if (!made) {
        text.text("no identity: ").text(text_of(made.error())).text(", ");
        const bool store = made.error() == IdentityError::Store;
        text.text(store ? store::text_of(identity_.store_error()) : crypto::text_of(identity_.crypto_error()));
        if (!store) return halt(text.view());
        if (!identity_failed_) log_.boot(LogLevel::error, text.view());
        identity_failed_ = true;
        phase_ = Phase::Identity;
        return now + kStoreRetry;
    }
    if (identity_.key_was_lost()) log_.boot(LogLevel::error, "stored key was damaged");
    const bool enrolled = identity_.load_credential();
    log_.boot(LogLevel::info, *made ? "key made" : "identity loaded");
    if (enrolled) log_.boot(LogLevel::info, text.text("identity is ").text(identity_.name()).view());
    return now;
}

/// What an app may find here, by the names of wire.cddl.
std::span<const std::string_view> Runtime::list_features() {
    features_ = {};
    const auto have = [this](std::string_view name, bool there) {
        if (there) (void)features_.push_back(name);
    };
    have("wasm", true);
    have("storage", true);
    const bool has_leds = board_.leds != nullptr && board_.leds->count() > 0;
    have("led", has_leds);
    if (has_leds) (void)features_.push_back(TextWriter{led_count_}.text("leds:").decimal(board_.leds->count()).view());
    have("sensor", !board_.sensors.empty());
    have("i2c", !board_.i2c_buses.empty());
    have("spi", !board_.spi_buses.empty());
    have("gpio", board_.gpio != nullptr && board_.gpio->count() > 0);
    return features_.span();
}

proto::Hello Runtime::make_hello() {
    proto::Hello hello;
    if (!crypto_.random(hello.boot_id)) hello.boot_id = {};
    hello.firmware = options_.firmware_version;
    hello.engine_build = kEngineBuild;
    hello.frame_max = kFrameBytesMax;
    hello.record_max = transport::TlsClient::kRecordInBytesMax;
    hello.capacity.app_ram_bytes = apps_.arena_bytes();
    hello.capacity.store_bytes = kv_.capacity_bytes();
    hello.capacity.features = list_features();
    hello.capacity.apps_max = apps::kAppsMax;
    hello.capacity.module_bytes_max = kv_.value_bytes_max();
    hello.board = board_.info.board();
    hello.reset_reason = hal::text_of(board_.reset.reason());
    return hello;
}

/// The crash that ended the boot before. The console had it then; people at the gateway read it here.
void Runtime::say_crash() {
    const std::string_view crash = board_.reset.crash();
    if (crash.empty()) return;
    char line[200];
    log_.boot(LogLevel::error, TextWriter{line}.text("crashed before this boot: ").text(crash).view());
}

/// Stored apps start before the first packet is sent.
Instant Runtime::start_apps(Instant now) {
    session_.emplace(make_hello(), link::DeviceMemory{receive_, send_, stream_},
                     static_cast<link::DeviceEvents&>(*this));
    log_.attach(*session_);
    say_crash();
    if (identity_.key_was_lost()) log_.event(proto::EventKind::security, {}, 0, 0, "stored key was damaged");
    if (board_.link_stream != nullptr && identity_.provisioned()) {
        link_.emplace(GatewayLink::Parts{.stream = *board_.link_stream,
                                         .network = board_.network,
                                         .info = board_.info,
                                         .crypto = crypto_,
                                         .identity = identity_,
                                         .log = log_,
                                         .session = *session_,
                                         .receive = receive_,
                                         .send = send_});
    }
    apps_.start(*session_);
    phase_ = Phase::Running;
    return now;
}

}  // namespace wasmbed
