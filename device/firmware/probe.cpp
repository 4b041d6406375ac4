// An image that does by itself what the runtime does with a board: store, sensors, DRBG, network, one mutual TLS
// session. probe_test.py runs it and reads the console. Its orders lie in the factory partition: "PROBE" 0, then four
// items, each a 16-bit little-endian size and the bytes: address, root certificate, own certificate, own key's scalar.
#include <algorithm>
#include <array>
#include <new>
#include <optional>

#include "core/base/assert.hpp"
#include "core/base/text_writer.hpp"
#include "device/boards/board_main.hpp"
#include "device/runtime/crypto/drbg.hpp"
#include "device/runtime/crypto/p256_key.hpp"
#include "device/runtime/crypto/psa_crypto.hpp"
#include "device/runtime/transport/tls_client.hpp"

namespace wasmbed {
namespace {

alignas(8) std::array<std::byte, crypto::kArenaBytes> g_crypto_arena;

class Probe {
  public:
    explicit Probe(const hal::Board& board)
        : board_(board), drbg_(board.entropy, board.seed_store), tls_(*board.link_stream) {}
    [[noreturn]] void run();

  private:
    TextWriter line() {
        TextWriter out(text_);
        return out.text("probe ");
    }
    void say(const TextWriter& out) {
        board_.console.write_blocking(bytes_of(out.view()));
        board_.console.write_blocking(bytes_of("\r\n"));
    }
    bool read_orders();
    void probe_store();
    void probe_random();
    void probe_sensors();
    bool start_tls();
    void talk();
    void turn();

    const hal::Board& board_;
    crypto::Drbg drbg_;
    transport::TlsClient tls_;
    std::array<Bytes, 4> items_;
    std::optional<crypto::P256Key> key_;
    char text_[200];
};

bool Probe::read_orders() {
    Bytes rest = board_.factory.bytes();
    if (!text_of(rest).starts_with(std::string_view("PROBE\0", 6))) return false;
    rest = rest.subspan(6);
    for (Bytes& item : items_) {
        if (rest.size() < 2) return false;
        const std::size_t size = rest[0] | rest[1] << 8;
        if (rest.size() - 2 < size) return false;
        item = rest.subspan(2, size);
        rest = rest.subspan(2 + size);
    }
    return true;
}

void Probe::probe_store() {
    hal::Store& store = board_.store;
    const std::uint32_t block = store.geometry().erase_block;
    std::array<std::uint8_t, 8> data{};
    WASMBED_ASSERT(store.read(0, data));
    say(line().text("store had ").hex_bytes(data));
    WASMBED_ASSERT(store.erase(0, block));
    WASMBED_ASSERT(store.program(0, bytes_of("survives")));
    WASMBED_ASSERT(!store.program(0, bytes_of("survives")));
}

void Probe::probe_random() {
    const auto started = drbg_.start(board_.info.hardware_id());
    if (!started) return say(line().text("no entropy"));
    std::array<std::uint8_t, 16> bytes;
    WASMBED_ASSERT(drbg_.random(bytes));
    say(line().text("random ").hex_bytes(bytes).text(" boot ").decimal(drbg_.boot_count()));
}

void Probe::probe_sensors() {
    for (hal::Sensor* sensor : board_.sensors) {
        const auto milli = sensor->read_milli();
        TextWriter out = line();
        out.text("sensor ").text(sensor->name());
        if (milli) {
            out.text(" ").signed_decimal(*milli).text(" m").text(sensor->unit());
        } else {
            out.text(": ").text(hal::text_of(milli.error()));
        }
        say(out);
    }
}

bool Probe::start_tls() {
    crypto::P256Scalar scalar;
    if (items_[3].size() != scalar.size()) return false;
    std::copy(items_[3].begin(), items_[3].end(), scalar.begin());
    auto key = crypto::P256Key::import(scalar);
    if (!key) return false;
    key_.emplace(std::move(*key));
    return tls_
        .start({.address = text_of(items_[0]),
                .alpn = "wasmbed/1",
                .roots = {&items_[1], 1},
                .chain = {&items_[2], 1},
                .key = &*key_})
        .has_value();
}

void Probe::turn() {
    if (board_.watchdog != nullptr) board_.watchdog->feed();
    if (board_.network != nullptr) board_.network->poll();
    tls_.poll();
    if (tls_.busy()) return;
    board_.idle.wait_until(board_.network != nullptr ? board_.network->next_timer_us() : hal::Idle::kForever);
}

void Probe::talk() {
    WASMBED_ASSERT(tls_.write(bytes_of("hello from the board\n")) == 21U);
    std::array<std::uint8_t, 64> answer;
    std::size_t size = 0;
    while (size == 0 && tls_.state() == transport::TlsState::Open) {
        turn();
        size = tls_.read(answer).value_or(0);
    }
    while (size > 0 && answer[size - 1] == '\n') --size;
    say(line().text("answer ").text(wasmbed::text_of(Bytes(answer).first(size))));
}

void Probe::run() {
    say(line().text("reset ").text(hal::text_of(board_.reset.reason())).text(" ms ").decimal(board_.clock.now_ms()));
    if (board_.watchdog != nullptr) board_.watchdog->start(5000);
    probe_store();
    WASMBED_ASSERT(crypto::init_psa(g_crypto_arena, drbg_));
    probe_random();
    if (board_.leds != nullptr) WASMBED_ASSERT(board_.leds->set(board_.leds->count() - 1, true));
    probe_sensors();
    say(line().text("hardware ").hex_bytes(board_.info.hardware_id()));
    if (read_orders()) {
        if (board_.network != nullptr) {
            while (board_.network->state() != hal::NetworkState::Up) turn();
            say(line().text("address ").text(board_.network->address()).text(" ms ").decimal(board_.clock.now_ms()));
        }
        if (start_tls()) {
            while (tls_.state() == transport::TlsState::Connecting || tls_.state() == transport::TlsState::Handshaking)
                turn();
        }
        say(line()
                .text("tls ")
                .text(transport::text_of(tls_.error()))
                .text(" peer ")
                .text(tls_.peer_uri())
                .text(" ms ")
                .decimal(board_.clock.now_ms()));
        if (tls_.state() == transport::TlsState::Open) talk();
        say(line().text("arena ").decimal(crypto::arena_use().peak).text(" of ").decimal(crypto::arena_use().size));
        tls_.close();
    }
    say(line().text("end ms ").decimal(board_.clock.now_ms()));
    for (;;) turn();
}

}  // namespace
}  // namespace wasmbed

int main() {
    alignas(wasmbed::Probe) static std::byte storage[sizeof(wasmbed::Probe)];  // no destructor to register
    (new (storage) wasmbed::Probe(wasmbed::boards::start_board()))->run();
}
