#include "host/pki/openssl_ptr.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

namespace wasmbed::pki {

void OpenSslDelete::operator()(EVP_PKEY* key) const {
    EVP_PKEY_free(key);
}
void OpenSslDelete::operator()(X509* certificate) const {
    X509_free(certificate);
}
void OpenSslDelete::operator()(X509_REQ* request) const {
    X509_REQ_free(request);
}
void OpenSslDelete::operator()(BIO* bio) const {
    BIO_free(bio);
}

PkiError openssl_error(std::string doing) {
    unsigned long code = ERR_get_error();
    const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
    ERR_clear_error();
    return {std::move(doing) + ": " + (reason != nullptr ? reason : "OpenSSL gave no reason")};
}

std::string take_text(BIO* bio) {
    char* data = nullptr;
    long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

}  // namespace wasmbed::pki
