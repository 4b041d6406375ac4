// hal::Network by lwIP on a LAN9118: one interface, DHCP.
#pragma once

#include <lwip/netif.h>

#include "device/drivers/lan9118.hpp"
#include "device/hal/clock.hpp"
#include "device/hal/entropy.hpp"
#include "device/hal/network.hpp"

namespace wasmbed::drivers {

/// lwIP is global by its nature: one object per process. Stays Down without entropy, because port and sequence numbers
/// would be guessable.
class LwipNetwork final : public hal::Network {
  public:
    LwipNetwork(Lan9118& ethernet, const hal::Clock& clock, hal::Entropy& entropy);

    /// 32 bits for port and sequence numbers. Not for keys: they come from the DRBG.
    [[nodiscard]] std::uint32_t random();
    [[nodiscard]] const hal::Clock& clock() const { return clock_; }

  private:
    void do_poll() override;
    hal::NetworkState do_state() const override;
    std::string_view do_address() const override;
    std::uint64_t do_next_timer_us() const override;

    bool start();
    void receive_frames();
    void follow_link();
    static err_t init_interface(netif* interface);
    static err_t send_frame(netif* interface, pbuf* frame);

    Lan9118& ethernet_;
    const hal::Clock& clock_;
    hal::Entropy& entropy_;
    netif interface_{};
    std::uint64_t next_link_check_us_ = 0;
    std::uint64_t next_start_us_ = 0;
    std::uint32_t random_state_[4] = {};
    bool started_ = false;
};

}  // namespace wasmbed::drivers
