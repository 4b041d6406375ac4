#include "services/simulator/simulated_device.hpp"

#include <openssl/rand.h>
#include <openssl/ssl.h>

namespace wasmbed::simulator {
namespace {

// As much as a small board has.
constexpr std::size_t kReceiveBytes = 2048;
constexpr std::size_t kSendBytes = 1024;
constexpr std::size_t kStreamBytes = 1024;
constexpr std::uint64_t kModuleBytesMax = 128 * 1024;

// As the firmware's link (device/runtime/uplink).
constexpr Duration kBackoffMin{500};
constexpr Duration kBackoffMax{30'000};
/// From the start of a connection to Welcome.
constexpr Duration kConnectLimit{20'000};

constexpr std::array<std::string_view, 2> kFeatures{"wasm", "led"};

}  // namespace

SimulatedDevice::SimulatedDevice(Fleet& fleet, Identity identity)
    : fleet_(fleet),
      identity_(std::move(identity)),
      receive_(kReceiveBytes),
      send_(kSendBytes),
      stream_(kStreamBytes),
      session_(hello(), {.receive = receive_, .send = send_, .stream = stream_}, *this),
      apps_(fleet.settings().apps, fleet.settings().keys, identity_.uid),
      backoff_(kBackoffMin, kBackoffMax),
      timer_(fleet.io()),
      next_gateway_(fleet.random()) {}

SimulatedDevice::~SimulatedDevice() {
    if (socket_) socket_->close(false);
}

proto::Hello SimulatedDevice::hello() {
    proto::BootId boot{};
    RAND_bytes(boot.data(), int(boot.size()));
    return {.boot_id = boot,
            .firmware = "fleet-simulator",
            .engine_build = "none",
            .frame_max = kReceiveBytes,
            .record_max = kReceiveBytes,
            .capacity = {.app_ram_bytes = 64 * 1024,
                         .store_bytes = 1024 * 1024,
                         .features = kFeatures,
                         .apps_max = 8,
                         .module_bytes_max = kModuleBytesMax},
            .board = "sim",
            .reset_reason = "power-on"};
}

// ---- connection

void SimulatedDevice::start(Duration delay) {
    connect_at_ = Fleet::now() + delay;
    arm(connect_at_);
}

/// The named gateways, then those it was made with, round and round.
const std::string& SimulatedDevice::next_gateway() {
    const auto& factory = fleet_.settings().gateways;
    const std::size_t index = next_gateway_++ % (named_.size() + factory.size());
    return index < named_.size() ? named_[index] : factory[index - named_.size()];
}

void SimulatedDevice::connect() {
    connecting_ = true;
    give_up_ = Fleet::now() + kConnectLimit;
    arm(give_up_);
    SslPtr ssl = fleet_.make_ssl("wasmbed/1");
    SSL_use_certificate(ssl.get(), identity_.certificate.get());
    SSL_use_PrivateKey(ssl.get(), identity_.key.get());
    socket_ = TlsSocket::connect(fleet_.io(), next_gateway(), std::move(ssl),
                                 {.opened = [this] { opened(); },
                                  .received = [this](Bytes plaintext) { received(plaintext); },
                                  .writable = [this] { pump(); },
                                  .closed = [this](const std::string&) { disconnected(); }});
}

void SimulatedDevice::opened() {
    session_.connected(Fleet::now());
    pump();
}

void SimulatedDevice::received(Bytes plaintext) {
    session_.on_bytes(Fleet::now(), plaintext);
    pump();
}

void SimulatedDevice::leave_connecting() {
    if (!connecting_) return;
    connecting_ = false;
    fleet_.connect_ended();
}

void SimulatedDevice::disconnected() {
    socket_.reset();
    give_up_ = kNever;
    session_.disconnected();
    FleetCounters& counters = fleet_.counters();
    if (welcomed_) {
        --counters.connected;
        ++counters.lost;
    } else {
        ++counters.failures;
    }
    if (answered_) --counters.reported;
    welcomed_ = answered_ = false;
    leave_connecting();
    connect_at_ = Fleet::now() + backoff_.next(fleet_.random());
    arm(connect_at_);
}

void SimulatedDevice::pump() {
    if (!socket_) return;
    if (const Digest* wanted = session_.welcomed() ? apps_.wanted() : nullptr) {
        apps_.fetching();
        session_.fetch(*wanted, 0, kModuleBytesMax);
    }
    for (;;) {
        const Bytes output = session_.poll_output(Fleet::now());
        if (output.empty()) break;
        const auto socket = socket_;
        const std::size_t written = socket->write(output);
        if (!socket_) return;  // The write found the connection closed.
        session_.consumed(written);
        if (written == 0) break;
    }
    if (session_.closed() != link::CloseReason::none) {
        std::exchange(socket_, nullptr)->close(true);
        return disconnected();
    }
    arm(sooner(sooner(session_.next_deadline(), give_up_), sooner(apps_.next_deadline(), log_at_)));
}

// ---- time

/// Earlier deadlines replace the timer; later ones are found out when it fires.
void SimulatedDevice::arm(Instant when) {
    if (when == kNever || (armed_ != kNever && armed_ <= when)) return;
    armed_ = when;
    timer_.expires_after(std::chrono::milliseconds((when - Fleet::now()).ms));
    timer_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) on_timer();
    });
}

void SimulatedDevice::on_timer() {
    armed_ = kNever;
    const Instant now = Fleet::now();
    if (connect_at_ <= now) {
        connect_at_ = kNever;
        return fleet_.when_may_connect([this] { connect(); });
    }
    if (connect_at_ != kNever) return arm(connect_at_);
    if (give_up_ <= now && socket_) {
        std::exchange(socket_, nullptr)->close(false);
        return disconnected();
    }
    if (apps_.on_time(now)) {
        note_running();
        session_.report_changed();
    }
    if (log_at_ <= now) log_line(now);
    session_.on_time(now);
    pump();
}

void SimulatedDevice::log_line(Instant now) {
    log_at_ = now + fleet_.settings().log_period;
    ++fleet_.counters().records;
    const std::string text = "simulated: " + std::to_string(fleet_.random() % 1000);
    (void)session_.log(now, LogLevel::info, "", bytes_of(text));
}

// ---- what the gateway says

void SimulatedDevice::on_welcome(const proto::Welcome&) {
    leave_connecting();
    backoff_.reset();
    give_up_ = kNever;
    welcomed_ = true;
    ++fleet_.counters().connected;
    ++fleet_.counters().sessions;
    const Duration period = fleet_.settings().log_period;
    if (period.ms != 0 && log_at_ == kNever) log_at_ = Fleet::now() + Duration{fleet_.random() % period.ms};
}

void SimulatedDevice::on_desired(const proto::Desired& desired) {
    generation_ = desired.generation;
    if (!desired.gateways.empty()) {
        named_.clear();
        for (const std::string_view gateway : desired.gateways) named_.emplace_back(gateway);
        // The first is where it is now; after this session the others come first.
        next_gateway_ = 1;
    }
    apps_.on_desired(Fleet::now(), desired);
    note_running();
}

proto::Reported SimulatedDevice::reported() {
    if (generation_ != 0 && !answered_ && welcomed_) {
        answered_ = true;
        ++fleet_.counters().reported;
    }
    return {.generation = generation_, .apps = apps_.reported()};
}

void SimulatedDevice::on_chunk(const Digest&, std::uint64_t, std::uint64_t, Bytes data) {
    apps_.on_chunk(data);
}

void SimulatedDevice::on_fetched(const Digest&, std::uint64_t) {
    apps_.on_fetched(Fleet::now());
    session_.report_changed();
}

void SimulatedDevice::on_fetch_failed(const Digest&, link::FetchFailure) {
    apps_.on_fetch_failed();
    session_.report_changed();
}

void SimulatedDevice::note_running() {
    const std::size_t running = apps_.running();
    fleet_.counters().running += running - running_;
    running_ = running;
}

}  // namespace wasmbed::simulator
