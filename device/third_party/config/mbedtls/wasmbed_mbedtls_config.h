/* Mbed TLS for a device, on the host too: a TLS 1.3 client with P-256 certificates and AES-128-GCM, everything through
 * PSA, no bignum library (the p256-m driver does the curve), no malloc, no clock. `./dev size` says what it costs. */
#ifndef WASMBED_MBEDTLS_CONFIG_H
#define WASMBED_MBEDTLS_CONFIG_H

/* Memory: the one arena that crypto::init_psa gives (device/runtime/crypto/arena.hpp). */
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif
void* wasmbed_calloc(size_t count, size_t size);
void wasmbed_free(void* block);
#ifdef __cplusplus
}
#endif
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_PLATFORM_CALLOC_MACRO wasmbed_calloc
#define MBEDTLS_PLATFORM_FREE_MACRO wasmbed_free
#define MBEDTLS_PLATFORM_NO_STD_FUNCTIONS         /* nothing of stdio */
#define MBEDTLS_PLATFORM_SNPRINTF_MACRO(...) (-1) /* names and OIDs are never shown as text */

/* PSA crypto; random bytes from crypto::RandomSource. */
#define MBEDTLS_PSA_CRYPTO_CLIENT
#define MBEDTLS_PSA_P256M_DRIVER_ENABLED
#define MBEDTLS_AES_C
#define MBEDTLS_GCM_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_USE_PSA_CRYPTO
#define MBEDTLS_PSA_CRYPTO_CONFIG
#define MBEDTLS_PSA_CRYPTO_CONFIG_FILE "wasmbed_psa_config.h"
#define MBEDTLS_PSA_ASSUME_EXCLUSIVE_BUFFERS /* one thread, no other process: arguments need no copies */
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_AES_FEWER_TABLES
#define MBEDTLS_AES_ONLY_128_BIT_KEY_LENGTH
#define MBEDTLS_BLOCK_CIPHER_NO_DECRYPT
#define MBEDTLS_SHA256_SMALLER

/* TLS 1.3, ephemeral key exchange only. */
#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_PROTO_TLS1_3
#define MBEDTLS_SSL_KEEP_PEER_CERTIFICATE /* TLS 1.3 of Mbed TLS asks for it, used or not */
#define MBEDTLS_SSL_ALPN
#define MBEDTLS_SSL_CIPHERSUITES MBEDTLS_TLS1_3_AES_128_GCM_SHA256

#ifdef WASMBED_LINK_PSK
/* Boards too small for certificates: an external pre-shared key with ECDHE. Numbers: plaintext bytes of a record. */
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL_ENABLED
#define MBEDTLS_PSA_KEY_SLOT_COUNT 6
#define MBEDTLS_SSL_IN_CONTENT_LEN 512
#define MBEDTLS_SSL_OUT_CONTENT_LEN 384
#else
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ENABLED
#define MBEDTLS_PSA_KEY_SLOT_COUNT \
    12 /* a handshake holds 8 at once, the device's own key and a manifest key are two more */
#define MBEDTLS_SSL_IN_CONTENT_LEN 4096
#define MBEDTLS_SSL_OUT_CONTENT_LEN 2048

/* Certificates: parsing only. */
#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_X509_REMOVE_INFO
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_OID_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C
#endif

#endif
