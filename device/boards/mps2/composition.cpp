// Which driver sits where on the MPS2 boards: addresses, interrupts and clocks are those of the board's device tree.
#include <algorithm>

#include "board_dt.hpp"
#include "device/boards/board_main.hpp"
#include "device/boards/common/image.hpp"
#include "device/drivers/cmsdk_timer.hpp"
#include "device/drivers/cmsdk_uart.hpp"
#include "device/drivers/cmsdk_watchdog.hpp"
#include "device/drivers/cortex_m/interrupts.hpp"
#include "device/drivers/cortex_m/wfi_idle.hpp"
#include "device/drivers/lan9118.hpp"
#include "device/drivers/lwip/lwip_network.hpp"
#include "device/drivers/lwip/lwip_stream.hpp"
#include "device/drivers/mapped_store.hpp"
#include "device/drivers/mps2_fpgaio.hpp"
#include "device/drivers/pl022.hpp"
#include "device/drivers/sbcon_i2c.hpp"
#include "device/drivers/tmp105.hpp"
#include "device/drivers/uart_entropy.hpp"

namespace wasmbed::boards {
namespace {

std::uint8_t* memory_at(std::uint32_t address) {
    return reinterpret_cast<std::uint8_t*>(address);
}

// No unique id on these boards: units differ by their MAC address.
class Mps2Info final : public hal::DeviceInfo {
  public:
    explicit Mps2Info(const drivers::Lan9118& ethernet) : ethernet_(ethernet) {}

  private:
    std::string_view do_board() const override { return dt::kBoardName; }
    Bytes do_hardware_id() const override {
        mac_ = ethernet_.mac_address();
        return mac_;
    }
    const drivers::Lan9118& ethernet_;
    mutable drivers::MacAddress mac_{};
};

constexpr hal::StoreGeometry geometry(std::uint32_t size) {
    return {.size = size, .erase_block = dt::storage::kEraseBlockSize, .program_unit = dt::storage::kWriteBlockSize};
}

struct Parts {
    drivers::Nvic nvic{dt::nvic::kBase};
    drivers::Mps2Clock clock{dt::fpgaio::kBase, dt::fpgaio::kClockHz};
    drivers::CmsdkConsole console{
        drivers::CmsdkUartPort({dt::console::kBase, dt::console::kClockHz, dt::console::kCurrentSpeed})};
    drivers::CmsdkTimer timer{dt::wakeup_timer::kBase, dt::wakeup_timer::kClockHz};
    drivers::WfiIdle idle{clock, timer};
    drivers::CortexMReset reset{reset_record()};
    drivers::CmsdkWatchdog watchdog{dt::watchdog::kBase, dt::watchdog::kClockHz};
    drivers::Mps2Leds leds{dt::fpgaio::kBase, dt::kLedMasks};
    drivers::MappedFactoryPartition factory{Bytes(memory_at(dt::factory::kAddress), dt::factory::kSize)};
    drivers::MappedStore store{memory_at(dt::store::kAddress), geometry(dt::store::kSize)};
    drivers::MappedStore seed_store{memory_at(dt::seed::kAddress), geometry(dt::seed::kSize)};
    drivers::UartEntropy entropy{
        drivers::CmsdkUartPort({dt::entropy::kBase, dt::entropy::kClockHz, dt::entropy::kCurrentSpeed}), clock, idle};
    drivers::Lan9118 ethernet{dt::ethernet::kBase};
    drivers::LwipNetwork network{ethernet, clock, entropy};
    drivers::LwipStream stream;
    drivers::SbconI2c shield1{dt::shield1::kBase, clock};
    drivers::Tmp105 temperature{shield1, dt::temperature::kAddress, dt::temperature::kLabel};
    hal::Sensor* sensors[1]{&temperature};
    hal::I2cBus* i2c_buses[1]{&shield1};
    drivers::Pl022 shield1_spi{dt::shield1_spi::kBase, dt::shield1_spi::kClockHz, dt::fpgaio::kBase + dt::misc::kBase,
                               dt::shield1_spi::kCsPin};
    hal::SpiBus* spi_buses[1]{&shield1_spi};
    Mps2Info info{ethernet};
    hal::Board board{.console = console,
                     .clock = clock,
                     .idle = idle,
                     .reset = reset,
                     .info = info,
                     .factory = factory,
                     .store = store,
                     .seed_store = &seed_store,
                     .entropy = &entropy,
                     .network = &network,
                     .link_stream = &stream,
                     .leds = &leds,
                     .watchdog = &watchdog,
                     .sensors = sensors,
                     .i2c_buses = i2c_buses,
                     .spi_buses = spi_buses};
};

Parts* g_parts = nullptr;

}  // namespace

const hal::Board& start_board() {
    begin_image();
    static Parts parts;
    g_parts = &parts;
    set_crash_board(parts.board);
    static_cast<void>(parts.ethernet.start());  // gives the MAC address; the network tries again when it failed
    parts.nvic.enable(dt::wakeup_timer::kIrqs[0]);
    parts.nvic.enable(dt::ethernet::kIrqs[0]);
    for (const std::uint32_t irq : dt::entropy::kIrqs) parts.nvic.enable(irq);
    for (const std::uint32_t irq : dt::console::kIrqs) parts.nvic.enable(irq);
    return parts.board;
}

}  // namespace wasmbed::boards

extern "C" {

void console_handler() {
    wasmbed::boards::g_parts->console.handle_interrupt();
    wasmbed::boards::g_parts->idle.note_interrupt();
}

void entropy_handler() {
    wasmbed::boards::g_parts->entropy.handle_interrupt();
    wasmbed::boards::g_parts->idle.note_interrupt();
}

void ethernet_handler() {
    wasmbed::boards::g_parts->ethernet.disable_interrupt();
    wasmbed::boards::g_parts->idle.note_interrupt();
}

void wakeup_handler() {
    wasmbed::boards::g_parts->timer.stop();
    wasmbed::boards::g_parts->idle.note_interrupt();
}
}
