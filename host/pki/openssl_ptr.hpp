// Owning pointers for OpenSSL's objects. Headers of this folder need only the forward declarations; OpenSSL's headers
// stay in the .cpp files.
#pragma once

#include <memory>
#include <string>

#include "host/pki/error.hpp"

extern "C" {
struct evp_pkey_st;
struct x509_st;
struct X509_req_st;
struct bio_st;
}

namespace wasmbed::pki {

struct OpenSslDelete {
    void operator()(evp_pkey_st* key) const;
    void operator()(x509_st* certificate) const;
    void operator()(X509_req_st* request) const;
    void operator()(bio_st* bio) const;
};

using EvpKeyPtr = std::unique_ptr<evp_pkey_st, OpenSslDelete>;
using X509Ptr = std::unique_ptr<x509_st, OpenSslDelete>;
using X509ReqPtr = std::unique_ptr<X509_req_st, OpenSslDelete>;
using BioPtr = std::unique_ptr<bio_st, OpenSslDelete>;

/// `doing` and OpenSSL's oldest queued reason; empties the thread's error queue, so that a later failure does not
/// report this one.
PkiError openssl_error(std::string doing);

/// What a memory BIO holds.
std::string take_text(bio_st* bio);

}  // namespace wasmbed::pki
