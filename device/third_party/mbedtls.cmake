# What config/mbedtls needs of Mbed TLS 3.6: PSA crypto with the p256-m driver, X.509 parsing, a TLS 1.3 client.
set(mbedtls ${deps}/mbedtls)
set(crypto
  aes asn1parse asn1write block_cipher cipher cipher_wrap constant_time gcm md oid pk pk_ecc pk_wrap pkparse
  platform platform_util psa_crypto_client psa_util sha256)
set(x509 x509 x509_crt)
set(tls
  ssl_ciphersuites ssl_client ssl_debug_helpers_generated ssl_msg ssl_tls ssl_tls13_client ssl_tls13_generic ssl_tls13_keys)
set(sources ${crypto} ${x509} ${tls})
list(TRANSFORM sources REPLACE "(.+)" "${mbedtls}/library/\\1.c")

if(WASMBED_LINK STREQUAL psk)
  list(APPEND sources ${CMAKE_CURRENT_SOURCE_DIR}/config/mbedtls/wasmbed_handshake.c)
endif()
third_party_library(mbedtls_device SOURCES ${sources}
  ${mbedtls}/3rdparty/p256-m/p256-m/p256-m.c)
target_include_directories(mbedtls_device SYSTEM PUBLIC ${mbedtls}/include ${mbedtls}/3rdparty/p256-m/p256-m ${CMAKE_CURRENT_SOURCE_DIR}/config/mbedtls)
target_include_directories(mbedtls_device PRIVATE ${mbedtls}/library ${mbedtls}/3rdparty/p256-m ${mbedtls}/3rdparty/p256-m/p256-m)
target_compile_definitions(mbedtls_device PUBLIC MBEDTLS_CONFIG_FILE="wasmbed_mbedtls_config.h")
# Its PSA functions are device/runtime/crypto's, which has those that are called; the others have to be dropped with their callers.
target_link_options(mbedtls_device PUBLIC -Wl,--gc-sections)