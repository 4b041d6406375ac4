// The algorithms of OpenSSL that the device port uses, in a library context of their own.
//
// For each public key that it reads, OpenSSL 3.0 looks through everything that a context has: a quarter of a mutual
// handshake with the default context. The algorithms are those of OpenSSL's default provider; this only leaves out what
// TLS 1.3 on elliptic curves does not need.
#pragma once

#include <openssl/types.h>

namespace wasmbed::gateway {

/// The context, for SSL_CTX_new_ex and X509_new_ex; lives as long as the process. Null, which means OpenSSL's default
/// context, when it cannot be made.
OSSL_LIB_CTX* tls_algorithms();

}  // namespace wasmbed::gateway
