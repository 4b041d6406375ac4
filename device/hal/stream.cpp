#include "device/hal/stream.hpp"

namespace wasmbed::hal {
namespace {

constexpr std::size_t kHostCharsMax = 127;

// 0 for anything that is not a decimal port in 1..65535.
std::uint16_t parse_port(std::string_view text) {
    if (text.empty() || text.size() > 5) return 0;
    std::uint32_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return 0;
        value = value * 10 + static_cast<std::uint32_t>(c - '0');
    }
    return value <= 65535 ? static_cast<std::uint16_t>(value) : 0;
}

}  // namespace

const char* text_of(StreamError error) {
    switch (error) {
        case StreamError::None:
            return "no error";
        case StreamError::BadAddress:
            return "address is not host:port";
        case StreamError::NotResolved:
            return "host name not resolved";
        case StreamError::Refused:
            return "connection refused";
        case StreamError::TimedOut:
            return "connection timed out";
        case StreamError::Reset:
            return "connection reset by peer";
        case StreamError::Unreachable:
            return "network unreachable";
        case StreamError::NoMemory:
            return "out of network buffers";
        case StreamError::NotOpen:
            return "connection is not open";
        case StreamError::Busy:
            return "connection is in use";
        case StreamError::Other:
            break;
    }
    return "network error";
}

Result<HostPort, StreamError> parse_host_port(std::string_view address) {
    const std::size_t colon = address.rfind(':');
    if (colon == std::string_view::npos) return fail(StreamError::BadAddress);
    std::string_view host = address.substr(0, colon);
    const std::uint16_t port = parse_port(address.substr(colon + 1));
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        return fail(StreamError::BadAddress);
    }
    if (port == 0 || host.empty() || host.size() > kHostCharsMax) return fail(StreamError::BadAddress);
    return HostPort{host, port};
}

}  // namespace wasmbed::hal
