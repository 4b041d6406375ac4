/* A handshake's memory of its own (section .handshake of link.ld.S), on boards with a pre-shared key. */
#ifndef WASMBED_HANDSHAKE_H
#define WASMBED_HANDSHAKE_H

#include <mbedtls/ssl.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Before mbedtls_ssl_setup, which then takes this memory, all zero, and none of the arena. */
void wasmbed_begin_handshake(mbedtls_ssl_context* ssl);
/* When the handshake is over and the session goes on: the memory, its keys and hashes are free. */
void wasmbed_end_handshake(mbedtls_ssl_context* ssl);
/* Whether the library gives back what wasmbed_begin_handshake lent. */
int wasmbed_is_handshake_memory(const void* block);

#ifdef __cplusplus
}
#endif

#endif
