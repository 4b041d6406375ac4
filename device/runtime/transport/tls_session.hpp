// What of a session belongs to Mbed TLS. Private to this folder.
#pragma once

#include <mbedtls/ssl.h>
#ifdef MBEDTLS_X509_CRT_PARSE_C
#include <mbedtls/x509_crt.h>
#endif

#include "device/runtime/transport/tls_client.hpp"

namespace wasmbed::transport {

/// How both sides prove who they are: tls_certificates.cpp or, on boards too small for them, tls_psk.cpp.
struct TlsCredentials {
#ifdef MBEDTLS_X509_CRT_PARSE_C
    mbedtls_x509_crt roots;
    mbedtls_x509_crt chain;
    mbedtls_pk_context key;

    TlsCredentials() {
        mbedtls_x509_crt_init(&roots);
        mbedtls_x509_crt_init(&chain);
        mbedtls_pk_init(&key);
    }
    ~TlsCredentials() {
        mbedtls_x509_crt_free(&roots);
        mbedtls_x509_crt_free(&chain);
        mbedtls_pk_free(&key);
    }
#endif
};

struct TlsClient::Session {
    static constexpr std::size_t kAlpnCharsMax = 31;

    mbedtls_ssl_context ssl;
    mbedtls_ssl_config config;
    TlsCredentials credentials;
    char alpn[kAlpnCharsMax + 1];
    const char* alpn_list[2];

    Session() {
        mbedtls_ssl_init(&ssl);
        mbedtls_ssl_config_init(&config);
    }
    ~Session() {
        mbedtls_ssl_free(&ssl);
        mbedtls_ssl_config_free(&config);
    }
};

}  // namespace wasmbed::transport
