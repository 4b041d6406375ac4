// An image that checks a board's parts against the contracts of device/hal and says on the console what it found, then
// does what is typed there: one word a line. contracts_test.py runs it on every board.
//
//   hang, fault, stack, assert, reboot   breaks down that way; the next boot says what the last one left
//   spi                                  asks the first SPI bus for the identification of a flash chip (JEDEC JESD216)
//   idle SECONDS                         has nothing to do for so long
//   link HOST:PORT                       connects, sends "ping", and shows what comes until there are 10 bytes
#include <array>
#include <string_view>

#include "core/base/assert.hpp"
#include "core/base/text_writer.hpp"
#include "device/boards/board_main.hpp"
#include "device/hal/contract/checks.hpp"

namespace wasmbed {
namespace {

class Contracts {
  public:
    explicit Contracts(const hal::Board& board) : board_(board) {}
    [[noreturn]] void run();

  private:
    template <class... Parts>
    void say(const Parts&... parts) {
        board_.console.write_blocking(bytes_of("contract "));
        (board_.console.write_blocking(bytes_of(std::string_view(parts))), ...);
        board_.console.write_blocking(bytes_of("\r\n"));
    }
    void say_hex(std::string_view what, Bytes bytes) {
        char text[40];
        say(what, " ", TextWriter{text}.hex_bytes(bytes).view());
    }
    void check();
    void obey(std::string_view order);
    void ask_spi();
    void use_link(std::string_view address);
    void stay_idle(std::string_view seconds);
    void turn(std::uint64_t until_us);

    const hal::Board& board_;
    std::array<char, 40> line_;
};

void Contracts::check() {
    hal::check_board(
        board_, [this](const char* part, hal::Broken broken) { say(part, ": ", broken == nullptr ? "kept" : broken); },
        [this](const char* part) { say(part, ": absent"); });
}

void Contracts::ask_spi() {
    if (board_.spi_buses.empty()) return say("spi: absent");
    std::array<std::uint8_t, 4> bytes{0x9F};
    if (!board_.spi_buses[0]->transfer(0, bytes)) return say("spi: no answer");
    say_hex("identification", Bytes(bytes).subspan(1));
}

void Contracts::turn(std::uint64_t until_us) {
    constexpr std::uint64_t kFeedUs = 10'000'000;
    if (board_.watchdog != nullptr) {
        board_.watchdog->feed();
        until_us = std::min(until_us, board_.clock.now_us() + kFeedUs);
    }
    if (board_.network != nullptr) {
        board_.network->poll();
        until_us = std::min(until_us, board_.network->next_timer_us());
    }
    board_.idle.wait_until(until_us);
}

void Contracts::stay_idle(std::string_view seconds) {
    std::uint64_t us = 0;
    for (const char digit : seconds) us = us * 10 + static_cast<std::uint64_t>(digit - '0') * 1'000'000;
    const std::uint64_t end = board_.clock.now_us() + us;
    while (board_.clock.now_us() < end) turn(end);
    say("idle over");
}

void Contracts::use_link(std::string_view address) {
    hal::Stream& link = *board_.link_stream;
    while (board_.network != nullptr && board_.network->state() != hal::NetworkState::Up) turn(hal::Idle::kForever);
    if (const auto connected = link.connect(address); !connected) return say("link: ", hal::text_of(connected.error()));
    while (link.state() == hal::StreamState::Connecting) turn(hal::Idle::kForever);
    if (link.state() != hal::StreamState::Open) return say("link: ", hal::text_of(link.error()));
    WASMBED_ASSERT(link.write(bytes_of("ping")) == 4U);
    std::array<std::uint8_t, 10> bytes;
    for (std::size_t size = 0; size < bytes.size();) {
        const auto got = link.read(MutableBytes(bytes).subspan(size));
        if (!got) return say("link: ", hal::text_of(got.error()));
        size += *got;
        if (*got == 0) turn(hal::Idle::kForever);
    }
    say_hex("received", bytes);
    link.close();
}

void Contracts::obey(std::string_view order) {
    board_.reset.note_task("contract");
    if (order == "hang" && board_.watchdog != nullptr) {
        board_.watchdog->start(50);
        for (;;) asm volatile("");
    }
    if (order == "fault") *reinterpret_cast<volatile std::uint32_t*>(0xF0000000) = 1;
    if (order == "assert") assert_failed("contracts.cpp", __LINE__);
    if (order == "stack")
        asm volatile("ldr r0, =__stack_start\n\tadd r0, r0, #8\n\tmov sp, r0\n\tpush {r0}" ::: "memory");
    if (order == "reboot") board_.reset.reboot();
    board_.reset.note_task({});
    if (order == "spi") return ask_spi();
    if (order.starts_with("idle ")) return stay_idle(order.substr(5));
    if (order.starts_with("link ")) return use_link(order.substr(5));
    say("no such order: ", order);
}

void Contracts::run() {
    say("reset ", hal::text_of(board_.reset.reason()));
    if (!board_.reset.crash().empty()) say("crash ", board_.reset.crash());
    if (board_.reset.reason() == hal::ResetReason::PowerOn) check();
    say("ready");
    for (std::size_t size = 0;;) {
        std::uint8_t byte = 0;
        if (board_.console.read({&byte, 1}) == 0) {
            turn(hal::Idle::kForever);
        } else if (byte == '\n') {
            obey({line_.data(), size});
            size = 0;
        } else if (size < line_.size()) {
            line_[size++] = static_cast<char>(byte);
        }
    }
}

}  // namespace
}  // namespace wasmbed

int main() {
    static wasmbed::Contracts contracts(wasmbed::boards::start_board());
    contracts.run();
}
