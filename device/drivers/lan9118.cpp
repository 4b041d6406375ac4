#include "device/drivers/lan9118.hpp"

namespace wasmbed::drivers {
namespace {

// System registers.
constexpr std::uint32_t kRxData = 0x00;
constexpr std::uint32_t kTxData = 0x20;
constexpr std::uint32_t kRxStatus = 0x40;
constexpr std::uint32_t kTxStatus = 0x48;
constexpr std::uint32_t kIrqConfig = 0x54;
constexpr std::uint32_t kIntStatus = 0x58;
constexpr std::uint32_t kIntEnable = 0x5C;
constexpr std::uint32_t kByteTest = 0x64;
constexpr std::uint32_t kFifoInt = 0x68;
constexpr std::uint32_t kRxConfig = 0x6C;
constexpr std::uint32_t kTxConfig = 0x70;
constexpr std::uint32_t kHwConfig = 0x74;
constexpr std::uint32_t kRxControl = 0x78;
constexpr std::uint32_t kRxFifoInfo = 0x7C;
constexpr std::uint32_t kTxFifoInfo = 0x80;
constexpr std::uint32_t kMacCommand = 0xA4;
constexpr std::uint32_t kMacData = 0xA8;

// Registers of the MAC, reached through kMacCommand.
constexpr std::uint32_t kMacControl = 1;
constexpr std::uint32_t kMacAddressHigh = 2;
constexpr std::uint32_t kMacAddressLow = 3;
constexpr std::uint32_t kMiiAccess = 6;
constexpr std::uint32_t kMiiData = 7;

constexpr std::uint32_t kByteTestValue = 0x87654321;
constexpr std::uint32_t kIntRxStatus = 1U << 3;
constexpr std::uint32_t kBusy = 1U << 31;
constexpr std::size_t kCrcBytes = 4;
constexpr int kSpinsMax = 10'000;  // for waits that take the chip microseconds

}  // namespace

bool Lan9118::start() {
    if (started_) return true;
    if (registers_.read(kByteTest) != kByteTestValue) return false;
    constexpr std::uint32_t kSoftReset = 1U << 0;
    registers_.write(kHwConfig, kSoftReset);
    for (int i = 0; (registers_.read(kHwConfig) & kSoftReset) != 0; ++i) {
        if (i == kSpinsMax) return false;
    }
    // The chip loads its address from an EEPROM; without one all bits are set.
    const std::uint32_t high = mac_read(kMacAddressHigh);
    const std::uint32_t low = mac_read(kMacAddressLow);
    for (unsigned i = 0; i < mac_.size(); ++i) mac_[i] = static_cast<std::uint8_t>((i < 4 ? low : high) >> i % 4 * 8);

    constexpr std::uint32_t kPushPullActiveHigh = 0x111;  // IRQ_EN, IRQ_POL, IRQ_TYPE
    constexpr std::uint32_t kTransmitOn = 1U << 1;
    constexpr std::uint32_t kFullDuplexReceiveTransmit = 1U << 20 | 1U << 3 | 1U << 2;
    registers_.write(kIntEnable, 0);
    registers_.write(kIntStatus, 0xFFFFFFFF);
    registers_.write(kFifoInt, 0);  // interrupt from the first received frame on
    registers_.write(kIrqConfig, kPushPullActiveHigh);
    registers_.write(kRxConfig, 0);
    registers_.write(kTxConfig, kTransmitOn);
    mac_write(kMacControl, kFullDuplexReceiveTransmit);
    enable_interrupt();
    started_ = true;
    return true;
}

void Lan9118::wait_for_mac() const {
    for (int i = 0; i < kSpinsMax && (registers_.read(kMacCommand) & kBusy) != 0; ++i) {
    }
}

std::uint32_t Lan9118::mac_read(std::uint32_t index) const {
    constexpr std::uint32_t kRead = 1U << 30;
    wait_for_mac();
    registers_.write(kMacCommand, kBusy | kRead | index);
    wait_for_mac();
    return registers_.read(kMacData);
}

void Lan9118::mac_write(std::uint32_t index, std::uint32_t value) const {
    wait_for_mac();
    registers_.write(kMacData, value);
    registers_.write(kMacCommand, kBusy | index);
    wait_for_mac();
}

std::uint16_t Lan9118::phy_read(std::uint32_t index) const {
    constexpr std::uint32_t kInternalPhy = 1U << 11;
    constexpr std::uint32_t kMiiBusy = 1U << 0;
    mac_write(kMiiAccess, kInternalPhy | index << 6 | kMiiBusy);
    for (int i = 0; i < kSpinsMax && (mac_read(kMiiAccess) & kMiiBusy) != 0; ++i) {
    }
    return static_cast<std::uint16_t>(mac_read(kMiiData));
}

bool Lan9118::link_up() const {
    constexpr std::uint32_t kBasicStatus = 1;
    constexpr std::uint16_t kLinkStatus = 1U << 2;
    return (phy_read(kBasicStatus) & kLinkStatus) != 0;
}

std::size_t Lan9118::waiting_frame_bytes() {
    constexpr std::uint32_t kErrorSummary = 1U << 15;
    while (waiting_bytes_ == 0 && (registers_.read(kRxFifoInfo) >> 16 & 0xFF) != 0) {
        const std::uint32_t status = registers_.read(kRxStatus);
        waiting_bytes_ = status >> 16 & 0x3FFF;
        if ((status & kErrorSummary) != 0 || waiting_bytes_ <= kCrcBytes) drop_frame();
    }
    return waiting_bytes_ == 0 ? 0 : waiting_bytes_ - kCrcBytes;
}

void Lan9118::read_frame(MutableBytes out) {
    std::size_t at = 0;
    for (std::size_t words = (waiting_bytes_ + 3) / 4; words > 0; --words) {
        std::uint32_t word = registers_.read(kRxData);
        for (int i = 0; i < 4 && at < out.size(); ++i, word >>= 8) out[at++] = static_cast<std::uint8_t>(word);
    }
    waiting_bytes_ = 0;
}

void Lan9118::drop_frame() {
    constexpr std::uint32_t kFastForward = 1U << 31;
    const std::size_t words = (waiting_bytes_ + 3) / 4;
    waiting_bytes_ = 0;
    if (words >= 4) {
        registers_.write(kRxControl, kFastForward);
        for (int i = 0; i < kSpinsMax && (registers_.read(kRxControl) & kFastForward) != 0; ++i) {
        }
    } else {
        // Fast forward does not work for less than four words.
        for (std::size_t i = 0; i < words; ++i) static_cast<void>(registers_.read(kRxData));
    }
}

bool Lan9118::can_send(std::size_t bytes) const {
    constexpr std::size_t kCommandBytes = 8;
    // Statuses of sent frames pile up in a FIFO that stops the transmitter when it is full.
    for (std::uint32_t used = registers_.read(kTxFifoInfo) >> 16 & 0xFF; used > 0; --used) {
        static_cast<void>(registers_.read(kTxStatus));
    }
    return (registers_.read(kTxFifoInfo) & 0xFFFF) >= bytes + kCommandBytes + 3;
}

Lan9118::FrameWriter::FrameWriter(const Registers& registers, std::size_t bytes) : registers_(registers) {
    constexpr std::uint32_t kFirstSegment = 1U << 13;
    constexpr std::uint32_t kLastSegment = 1U << 12;
    const auto size = static_cast<std::uint32_t>(bytes);
    registers_.write(kTxData, kFirstSegment | kLastSegment | size);
    registers_.write(kTxData, size << 16 | size);  // packet tag (any) and length
}

void Lan9118::FrameWriter::put(Bytes piece) {
    for (const std::uint8_t byte : piece) {
        word_ |= static_cast<std::uint32_t>(byte) << 8 * word_bytes_;
        if (++word_bytes_ == 4) end();
    }
}

void Lan9118::FrameWriter::end() {
    if (word_bytes_ == 0) return;
    registers_.write(kTxData, word_);
    word_ = 0;
    word_bytes_ = 0;
}

void Lan9118::disable_interrupt() const {
    registers_.write(kIntEnable, 0);
}

void Lan9118::enable_interrupt() const {
    registers_.write(kIntStatus, kIntRxStatus);
    registers_.write(kIntEnable, kIntRxStatus);
}

}  // namespace wasmbed::drivers
