// A pre-shared key both sides know (RFC 8446 section 4.2.11, with ECDHE): who has it is the gateway, and the device.
#include <wasmbed_handshake.h>

#include "device/runtime/transport/tls_session.hpp"

namespace wasmbed::transport {

TlsError TlsClient::set_credentials(const TlsOptions& options) {
    mbedtls_ssl_config& config = session_->config;
    wasmbed_begin_handshake(&session_->ssl);
    mbedtls_ssl_conf_tls13_key_exchange_modes(&config, MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL);
    const auto* identity = reinterpret_cast<const unsigned char*>(options.psk_identity.data());
    library_code_ =
        mbedtls_ssl_conf_psk(&config, options.psk.data(), options.psk.size(), identity, options.psk_identity.size());
    return library_code_ == 0 ? TlsError::None : TlsError::BadOwnKey;
}

int TlsClient::start_credentials() {
    return 0;
}

void TlsClient::end_handshake() {
    wasmbed_end_handshake(&session_->ssl);
}

TlsError TlsClient::credentials_error_of(int) const {
    return TlsError::None;
}

}  // namespace wasmbed::transport
