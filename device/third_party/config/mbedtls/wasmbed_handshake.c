/* Where memory is short: what Mbed TLS needs of a handshake lies in memory that nothing but handshakes uses, and is let
 * go of when one is over. By itself the library keeps it, its keys and its hashes until the session ends. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include "wasmbed_handshake.h"

#include <ssl_misc.h>

__attribute__((section(".handshake"))) static mbedtls_ssl_handshake_params g_params;

int wasmbed_is_handshake_memory(const void* block) {
    return block == &g_params;
}

void wasmbed_begin_handshake(mbedtls_ssl_context* ssl) {
    ssl->handshake = &g_params;
}

void wasmbed_end_handshake(mbedtls_ssl_context* ssl) {
    mbedtls_ssl_handshake_free(ssl);
    ssl->handshake = NULL;
}
