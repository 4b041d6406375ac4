#include "services/gateway/refusals.hpp"

#include "host/base/log.hpp"

namespace wasmbed::gateway {

std::string_view refusal_name(Refusal reason) {
    switch (reason) {
        case Refusal::connection_limit:
            return "connection_limit";
        case Refusal::address_limit:
            return "address_limit";
        case Refusal::nothing_sent:
            return "nothing_sent";
        case Refusal::handshake_timeout:
            return "handshake_timeout";
        case Refusal::handshake_aborted:
            return "handshake_aborted";
        case Refusal::alpn:
            return "alpn";
        case Refusal::tls_version:
            return "tls_version";
        case Refusal::no_certificate:
            return "no_certificate";
        case Refusal::certificate_untrusted:
            return "certificate_untrusted";
        case Refusal::certificate_expired:
            return "certificate_expired";
        case Refusal::certificate_too_early:
            return "certificate_too_early";
        case Refusal::certificate_of_no_device:
            return "certificate_of_no_device";
        case Refusal::tls:
            return "tls";
        case Refusal::identity:
            return "identity";
        case Refusal::enrollment:
            return "enrollment";
        case Refusal::protocol:
            return "protocol";
    }
    return "unknown";
}

bool Refusals::note(Refusal reason, std::string_view address, std::string_view detail, Clock::time_point now) {
    ++counts_[std::size_t(reason)];
    const std::pair key{std::string(address.substr(0, address.rfind(':'))), reason};
    auto known = logged_.find(key);
    if (known != logged_.end() && now < known->second.when + kQuiet) {
        ++known->second.repeats;
        return false;
    }
    if (known == logged_.end() && logged_.size() >= kRememberedMax) {
        std::erase_if(logged_, [now](const auto& entry) { return now >= entry.second.when + kQuiet; });
        if (logged_.size() >= kRememberedMax) return false;
    }
    Logged& entry = logged_[key];
    log_warn("refused",
             {{"reason", refusal_name(reason)}, {"address", address}, {"detail", detail}, {"repeats", entry.repeats}});
    entry = {now, 0};
    return true;
}

}  // namespace wasmbed::gateway
