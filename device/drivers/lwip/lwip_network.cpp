#include "device/drivers/lwip/lwip_network.hpp"

#include <algorithm>
#include <lwip/dhcp.h>
#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>

namespace wasmbed::drivers {
namespace {

// lwIP asks for time and random numbers through C functions without context.
LwipNetwork* g_network = nullptr;

constexpr int kFramesPerPoll = 8;
constexpr std::uint64_t kLinkCheckUs = 500'000;
constexpr std::uint64_t kRetryStartUs = 1'000'000;

}  // namespace

LwipNetwork::LwipNetwork(Lan9118& ethernet, const hal::Clock& clock, hal::Entropy& entropy)
    : ethernet_(ethernet), clock_(clock), entropy_(entropy) {
    g_network = this;
}

bool LwipNetwork::start() {
    const MutableBytes state{reinterpret_cast<std::uint8_t*>(random_state_), sizeof(random_state_)};
    if (!entropy_.fill(state)) return false;
    if (!ethernet_.start()) return false;
    lwip_init();
    netif_add_noaddr(&interface_, this, init_interface, ethernet_input);
    netif_set_default(&interface_);
    netif_set_up(&interface_);
    return true;
}

err_t LwipNetwork::init_interface(netif* interface) {
    const auto& self = *static_cast<LwipNetwork*>(interface->state);
    interface->name[0] = 'e';
    interface->name[1] = 'n';
    interface->output = etharp_output;
    interface->linkoutput = send_frame;
    interface->mtu = 1500;
    interface->hwaddr_len = ETH_HWADDR_LEN;
    const MacAddress mac = self.ethernet_.mac_address();
    std::copy(mac.begin(), mac.end(), interface->hwaddr);
    interface->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
    return ERR_OK;
}

void LwipNetwork::do_poll() {
    if (!started_) {
        if (clock_.now_us() < next_start_us_) return;
        next_start_us_ = clock_.now_us() + kRetryStartUs;
        started_ = start();
        if (!started_) return;
    }
    follow_link();
    receive_frames();
    sys_check_timeouts();
}

void LwipNetwork::follow_link() {
    const std::uint64_t now = clock_.now_us();
    if (now < next_link_check_us_) return;
    next_link_check_us_ = now + kLinkCheckUs;
    const bool up = ethernet_.link_up();
    if (up == (netif_is_link_up(&interface_) != 0)) return;
    if (up) {
        netif_set_link_up(&interface_);
        dhcp_start(&interface_);
    } else {
        dhcp_stop(&interface_);
        netif_set_link_down(&interface_);
    }
}

void LwipNetwork::receive_frames() {
    for (int i = 0; i < kFramesPerPoll; ++i) {
        const std::size_t size = ethernet_.waiting_frame_bytes();
        if (size == 0) break;
        pbuf* frame = size <= PBUF_POOL_BUFSIZE ? pbuf_alloc(PBUF_RAW, static_cast<u16_t>(size), PBUF_POOL) : nullptr;
        if (frame == nullptr) {
            ethernet_.drop_frame();  // TCP sends it again
            continue;
        }
        ethernet_.read_frame({static_cast<std::uint8_t*>(frame->payload), size});
        if (interface_.input(frame, &interface_) != ERR_OK) pbuf_free(frame);
    }
    ethernet_.enable_interrupt();  // asserted again at once when frames are left
}

err_t LwipNetwork::send_frame(netif* interface, pbuf* frame) {
    Lan9118& ethernet = static_cast<LwipNetwork*>(interface->state)->ethernet_;
    if (!ethernet.can_send(frame->tot_len)) return ERR_MEM;
    Lan9118::FrameWriter writer = ethernet.begin_frame(frame->tot_len);
    for (const pbuf* part = frame; part != nullptr; part = part->next) {
        writer.put({static_cast<const std::uint8_t*>(part->payload), part->len});
    }
    writer.end();
    return ERR_OK;
}

hal::NetworkState LwipNetwork::do_state() const {
    if (!started_ || netif_is_link_up(&interface_) == 0) return hal::NetworkState::Down;
    return ip4_addr_isany_val(*netif_ip4_addr(&interface_)) ? hal::NetworkState::Configuring : hal::NetworkState::Up;
}

std::string_view LwipNetwork::do_address() const {
    if (do_state() != hal::NetworkState::Up) return {};
    return ip4addr_ntoa(netif_ip4_addr(&interface_));
}

std::uint64_t LwipNetwork::do_next_timer_us() const {
    if (!started_) return next_start_us_;
    const u32_t sleep_ms = sys_timeouts_sleeptime();
    const std::uint64_t timer_us =
        sleep_ms == SYS_TIMEOUTS_SLEEPTIME_INFINITE ? UINT64_MAX : clock_.now_us() + sleep_ms * 1000ULL;
    return std::min(timer_us, next_link_check_us_);
}

// xoshiro128++ (Blackman, Vigna), seeded from the hardware source.
std::uint32_t LwipNetwork::random() {
    std::uint32_t* s = random_state_;
    const auto rotate = [](std::uint32_t x, int k) { return x << k | x >> (32 - k); };
    const std::uint32_t result = rotate(s[0] + s[3], 7) + s[0];
    const std::uint32_t shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 11);
    return result;
}

}  // namespace wasmbed::drivers

extern "C" {

// NOLINTBEGIN(readability-identifier-naming): the names are lwIP's.
u32_t sys_now() {
    return static_cast<u32_t>(wasmbed::drivers::g_network->clock().now_ms());
}

unsigned int wasmbed_lwip_random() {
    return wasmbed::drivers::g_network->random();
}
// NOLINTEND(readability-identifier-naming)
}
