#include <cstdint>

#include "tests/resume/interrupter.hpp"

namespace {

// DDI 0403 section B3.3: the SysTick timer.
volatile std::uint32_t& kControl = *reinterpret_cast<volatile std::uint32_t*>(0xE000E010);
volatile std::uint32_t& kReload = *reinterpret_cast<volatile std::uint32_t*>(0xE000E014);
volatile std::uint32_t& kValue = *reinterpret_cast<volatile std::uint32_t*>(0xE000E018);
constexpr std::uint32_t kOn = 7;          // counts processor cycles, with interrupt
constexpr std::uint32_t kCycles = 9'973;  // prime: at another place each time

wasmbed::wasm::Interruptible* volatile interrupted = nullptr;

}  // namespace

extern "C" void arm_systick_isr() {
    wasmbed::wasm::Interruptible* run = interrupted;
    if (run != nullptr) run->interrupt();
}

namespace wasmbed::resume {

const std::size_t kPlacesMax = 40;
const std::size_t kMovesMax = 8;

Interrupter::Interrupter(wasm::Interruptible& run) : worker_(nullptr) {
    interrupted = &run;
    kReload = kCycles;
    kValue = 0;
    kControl = kOn;
}

Interrupter::~Interrupter() {
    kControl = 0;
    interrupted = nullptr;
}

}  // namespace wasmbed::resume
