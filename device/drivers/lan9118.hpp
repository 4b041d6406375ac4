// SMSC LAN9118 Ethernet controller: whole frames in and out by programmed I/O.
#pragma once

#include <array>
#include <cstdint>

#include "core/base/bytes.hpp"
#include "device/drivers/mmio.hpp"

namespace wasmbed::drivers {

using MacAddress = std::array<std::uint8_t, 6>;

/// Polled; its interrupt only says that a frame waits. Register names and numbers: LAN9118 datasheet, chapter 5.
class Lan9118 {
  public:
    explicit Lan9118(std::uint32_t base) : registers_(base) {}

    /// Resets and starts it, once; false when no LAN9118 answers. Blocks for up to 1 ms of the chip's reset.
    [[nodiscard]] bool start();
    [[nodiscard]] MacAddress mac_address() const { return mac_; }
    /// Whether the PHY has a link. A few bus accesses.
    [[nodiscard]] bool link_up() const;

    /// Size of the oldest received frame without its CRC, 0 when none waits. Frames with errors are dropped on the way.
    [[nodiscard]] std::size_t waiting_frame_bytes();
    /// Takes that frame; `out` has the size that `waiting_frame_bytes` said.
    void read_frame(MutableBytes out);
    /// Throws that frame away.
    void drop_frame();

    /// Whether a frame of `bytes` (without CRC, 14..1514) can be sent now.
    [[nodiscard]] bool can_send(std::size_t bytes) const;
    /// Sends one frame that the caller gives in pieces: begin(total), put(...)..., end().
    class FrameWriter {
      public:
        FrameWriter(const Registers& registers, std::size_t bytes);
        void put(Bytes piece);
        void end();

      private:
        const Registers& registers_;
        std::uint32_t word_ = 0;
        unsigned word_bytes_ = 0;
    };
    [[nodiscard]] FrameWriter begin_frame(std::size_t bytes) { return {registers_, bytes}; }

    /// Interrupt handler's part: silences the line until `enable_interrupt`.
    void disable_interrupt() const;
    void enable_interrupt() const;

  private:
    [[nodiscard]] std::uint32_t mac_read(std::uint32_t index) const;
    void mac_write(std::uint32_t index, std::uint32_t value) const;
    [[nodiscard]] std::uint16_t phy_read(std::uint32_t index) const;
    void wait_for_mac() const;

    Registers registers_;
    MacAddress mac_{};
    bool started_ = false;
    std::size_t waiting_bytes_ = 0;  // of the frame at the head of the data FIFO, CRC included; 0: status not read yet
};

}  // namespace wasmbed::drivers
