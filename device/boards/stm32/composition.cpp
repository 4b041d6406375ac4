// Which driver sits where on the STM32 boards. Sizes of queues: the board's budget.h.
#include "board_dt.hpp"
#include "budget.h"
#include "device/boards/board_main.hpp"
#include "device/boards/common/image.hpp"
#include "device/drivers/byte_line.hpp"
#include "device/drivers/cortex_m/interrupts.hpp"
#include "device/drivers/cortex_m/systick.hpp"
#include "device/drivers/secure_element.hpp"
#include "device/drivers/stm32/stm32_leds.hpp"
#include "device/drivers/stm32/stm32_spi.hpp"
#include "device/drivers/stm32/stm32_usart.hpp"
#include "device/drivers/uart_console.hpp"
#include "device/drivers/uart_stream.hpp"

namespace wasmbed::boards {
namespace {

using drivers::Stm32UsartPort;

constexpr std::size_t kLeds = std::size(dt::kLedPins);

constexpr auto led_masks() {
    std::array<std::uint32_t, kLeds> masks{};
    for (std::size_t i = 0; i < kLeds; ++i) masks[i] = 1U << dt::kLedPins[i];
    return masks;
}
constexpr auto kLedMasks = led_masks();
constexpr bool kLedsActiveLow = (dt::kLedPinFlags[0] & 1) != 0;

// The chip's own id cannot be read on every model of it; units differ by their secure element.
class Stm32Info final : public hal::DeviceInfo {
  public:
    explicit Stm32Info(drivers::SecureElement& element) : element_(element) {}

  private:
    std::string_view do_board() const override { return dt::kBoardName; }
    Bytes do_hardware_id() const override {
        if (const auto identity = element_.identify()) serial_ = identity->serial;
        return serial_;
    }
    drivers::SecureElement& element_;
    mutable std::array<std::uint8_t, 8> serial_{};
};

// It has no state of its own: all of it is in flash.
constinit drivers::Stm32Spi g_spi{dt::spi::kBase, dt::spi::kClockHz};
constexpr hal::SpiBus* kSpiBuses[] = {&g_spi};

constexpr std::size_t kElementSendBytes = 16;  // sending waits, so more would save nothing

constexpr hal::StoreGeometry geometry(std::uint32_t size) {
    return {.size = size, .erase_block = dt::element::kEraseBlockSize, .program_unit = dt::element::kWriteBlockSize};
}

struct Parts {
    drivers::Nvic nvic{dt::nvic::kBase};
    drivers::Systick systick{dt::systick::kClockHz};
    drivers::UartConsole<Stm32UsartPort, BUDGET_CONSOLE_SEND, BUDGET_CONSOLE_RECEIVE> console{
        Stm32UsartPort({dt::console::kBase, dt::console::kClockHz, dt::console::kCurrentSpeed})};
    drivers::UartStream<Stm32UsartPort, BUDGET_LINK_SEND, BUDGET_LINK_RECEIVE> stream{Stm32UsartPort(
        {dt::link::kBase, dt::link::kClockHz, dt::link::kCurrentSpeed}, Stm32UsartPort::FlowControl::RtsCts)};
    drivers::UartByteLine<Stm32UsartPort, kElementSendBytes, BUDGET_ELEMENT_RECEIVE> element_line{
        Stm32UsartPort({dt::element_uart::kBase, dt::element_uart::kClockHz, dt::element_uart::kCurrentSpeed}), systick,
        systick};
    drivers::SecureElement element{element_line, systick};
    drivers::CortexMReset reset{reset_record()};
    drivers::Stm32Leds leds{dt::led_port::kBase,
                            {dt::led_port::kWasmbedOutputOffset, dt::led_port::kWasmbedSetResetOffset},
                            kLedMasks,
                            kLedsActiveLow};
    std::array<std::uint8_t, BUDGET_FACTORY> factory_memory;
    drivers::SecureElementFactory factory{element, factory_memory};
    drivers::SecureElementStore store{element, dt::store::kBase, geometry(dt::store::kSize)};
    drivers::SecureElementStore seed_store{element, dt::seed::kBase, geometry(dt::seed::kSize)};
#ifdef BUDGET_APPS_STACK
    drivers::SecureElementStore swap_store{element, dt::swap::kBase, geometry(dt::swap::kSize)};
#endif
    drivers::SecureElementEntropy entropy{element};
    Stm32Info info{element};
    hal::Board board{.console = console,
                     .clock = systick,
                     .idle = systick,
                     .reset = reset,
                     .info = info,
                     .factory = factory,
                     .store = store,
                     .seed_store = &seed_store,
                     .entropy = &entropy,
                     .network = nullptr,
                     .link_stream = &stream,
                     .leds = leds.present() ? &leds : nullptr,
                     .watchdog = nullptr,
                     .spi_buses = kSpiBuses,
#ifdef BUDGET_APPS_STACK
                     .swap_store = &swap_store
#endif
    };
};

Parts* g_parts = nullptr;

}  // namespace

const hal::Board& start_board() {
    begin_image();
    static Parts parts;
    g_parts = &parts;
    set_crash_board(parts.board);
    parts.nvic.enable(dt::console::kIrqs[0]);
    parts.nvic.enable(dt::link::kIrqs[0]);
    parts.nvic.enable(dt::element_uart::kIrqs[0]);
    parts.factory.load();
    return parts.board;
}

}  // namespace wasmbed::boards

extern "C" {

void console_handler() {
    wasmbed::boards::g_parts->console.handle_interrupt();
    wasmbed::boards::g_parts->systick.note_interrupt();
}

void link_handler() {
    wasmbed::boards::g_parts->stream.handle_interrupt();
    wasmbed::boards::g_parts->systick.note_interrupt();
}

void element_handler() {
    wasmbed::boards::g_parts->element_line.handle_interrupt();
    wasmbed::boards::g_parts->systick.note_interrupt();
}

void systick_handler() {
    wasmbed::boards::g_parts->systick.handle_interrupt();
}
}
