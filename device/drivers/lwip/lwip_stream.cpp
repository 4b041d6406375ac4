#include "device/drivers/lwip/lwip_stream.hpp"

#include <algorithm>
#include <cstring>
#include <lwip/dns.h>

namespace wasmbed::drivers {
namespace {

hal::StreamError error_of(err_t code, bool connected) {
    switch (code) {
        case ERR_RST:
            return connected ? hal::StreamError::Reset : hal::StreamError::Refused;
        case ERR_ABRT:
        case ERR_TIMEOUT:
            return hal::StreamError::TimedOut;  // retransmissions used up
        case ERR_MEM:
        case ERR_BUF:
            return hal::StreamError::NoMemory;
        case ERR_RTE:
            return hal::StreamError::Unreachable;
        default:
            return hal::StreamError::Other;
    }
}

}  // namespace

Result<void, hal::StreamError> LwipStream::do_connect(std::string_view address) {
    if (state_ != hal::StreamState::Closed) return fail(hal::StreamError::Busy);
    const auto parsed = hal::parse_host_port(address);
    if (!parsed) return fail(parsed.error());
    *std::copy(parsed->host.begin(), parsed->host.end(), host_) = '\0';
    port_ = parsed->port;
    error_ = hal::StreamError::None;
    if (const hal::StreamError error = resolve(); error != hal::StreamError::None) {
        do_close();
        return fail(error);
    }
    state_ = hal::StreamState::Connecting;
    return {};
}

hal::StreamError LwipStream::resolve() {
    ip_addr_t address;
#if LWIP_DNS
    switch (dns_gethostbyname(host_, &address, on_resolved, this)) {
        case ERR_OK:
            return connect_to(address);
        case ERR_INPROGRESS:
            resolving_ = true;
            return hal::StreamError::None;
        case ERR_MEM:
            return hal::StreamError::NoMemory;
        default:
            return hal::StreamError::NotResolved;
    }
#else
    return ipaddr_aton(host_, &address) != 0 ? connect_to(address) : hal::StreamError::NotResolved;
#endif
}

void LwipStream::on_resolved(const char* name, const ip_addr_t* address, void* self) {
    auto& stream = *static_cast<LwipStream*>(self);
    // A lookup cannot be called back: this may be the answer to one that was given up.
    if (!stream.resolving_ || std::strcmp(name, stream.host_) != 0) return;
    stream.resolving_ = false;
    const hal::StreamError error = address == nullptr ? hal::StreamError::NotResolved : stream.connect_to(*address);
    if (error != hal::StreamError::None) stream.fail_with(error);
}

hal::StreamError LwipStream::connect_to(const ip_addr_t& address) {
    pcb_ = tcp_new();
    if (pcb_ == nullptr) return hal::StreamError::NoMemory;
    tcp_arg(pcb_, this);
    tcp_recv(pcb_, on_received);
    tcp_err(pcb_, on_error);
    tcp_nagle_disable(pcb_);  // frames are small and answered at once
    const err_t code = tcp_connect(pcb_, &address, port_, on_connected);
    return code == ERR_OK ? hal::StreamError::None : error_of(code, false);
}

err_t LwipStream::on_connected(void* self, tcp_pcb* /*pcb*/, err_t /*always ERR_OK*/) {
    static_cast<LwipStream*>(self)->state_ = hal::StreamState::Open;
    return ERR_OK;
}

err_t LwipStream::on_received(void* self, tcp_pcb* /*pcb*/, pbuf* data, err_t /*error*/) {
    auto& stream = *static_cast<LwipStream*>(self);
    if (data == nullptr) {
        stream.state_ = hal::StreamState::PeerClosed;
    } else if (stream.received_ == nullptr) {
        stream.received_ = data;
    } else {
        pbuf_cat(stream.received_, data);
    }
    return ERR_OK;
}

void LwipStream::on_error(void* self, err_t error) {
    auto& stream = *static_cast<LwipStream*>(self);
    stream.pcb_ = nullptr;  // lwIP has freed it
    const bool connected = stream.state_ != hal::StreamState::Connecting;
    stream.fail_with(error_of(error, connected));
}

Result<std::size_t, hal::StreamError> LwipStream::do_read(MutableBytes out) {
    if (state_ != hal::StreamState::Open && state_ != hal::StreamState::PeerClosed)
        return fail(hal::StreamError::NotOpen);
    if (received_ == nullptr || out.empty()) return 0;
    const auto wanted = static_cast<u16_t>(std::min<std::size_t>(out.size(), received_->tot_len));
    const u16_t count = pbuf_copy_partial(received_, out.data(), wanted, 0);
    received_ = pbuf_free_header(received_, count);
    if (pcb_ != nullptr) tcp_recved(pcb_, count);
    return count;
}

Result<std::size_t, hal::StreamError> LwipStream::do_write(Bytes data) {
    if (state_ != hal::StreamState::Open) return fail(hal::StreamError::NotOpen);
    const auto count = static_cast<u16_t>(std::min<std::size_t>(data.size(), tcp_sndbuf(pcb_)));
    if (count == 0 || tcp_write(pcb_, data.data(), count, TCP_WRITE_FLAG_COPY) != ERR_OK)
        return 0;  // no buffers: later
    tcp_output(pcb_);
    return count;
}

void LwipStream::do_close() {
    drop_received();
    resolving_ = false;
    if (pcb_ != nullptr) {
        tcp_pcb* pcb = pcb_;
        pcb_ = nullptr;
        tcp_arg(pcb, nullptr);
        tcp_recv(pcb, nullptr);
        tcp_err(pcb, nullptr);
        if (tcp_close(pcb) != ERR_OK) tcp_abort(pcb);  // no buffer for the FIN
    }
    state_ = hal::StreamState::Closed;
}

void LwipStream::drop_received() {
    if (received_ != nullptr) pbuf_free(received_);
    received_ = nullptr;
}

void LwipStream::fail_with(hal::StreamError error) {
    do_close();
    error_ = error;
    state_ = hal::StreamState::Failed;
}

}  // namespace wasmbed::drivers
