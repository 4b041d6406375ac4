#include "host/pki/csr.hpp"

#include <algorithm>
#include <openssl/evp.h>
#include <openssl/x509.h>

namespace wasmbed::pki {
namespace {

/// The subject when it is one common name.
PkiResult<std::string> only_common_name(X509_REQ* request) {
    const X509_NAME* subject = X509_REQ_get_subject_name(request);
    const X509_NAME_ENTRY* entry = X509_NAME_entry_count(subject) == 1 ? X509_NAME_get_entry(subject, 0) : nullptr;
    if (entry == nullptr || OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)) != NID_commonName)
        return fail(PkiError{"the certificate request asks for a subject that is not just one common name"});
    // Extensions are an attribute too (RFC 2985 section 5.4.2).
    if (X509_REQ_get_attr_count(request) != 0)
        return fail(
            PkiError{"the certificate request asks for extensions or other attributes; a device's certificate "
                     "has none of the device's choice"});
    const ASN1_STRING* text = X509_NAME_ENTRY_get_data(entry);
    return std::string(text_of({ASN1_STRING_get0_data(text), std::size_t(ASN1_STRING_length(text))}));
}

}  // namespace

PkiResult<CertificateRequest> parse_csr(Bytes der) {
    if (der.size() > kCsrBytesMax) {
        return fail(PkiError{"the certificate request has " + std::to_string(der.size()) + " bytes; at most " +
                             std::to_string(kCsrBytesMax) + " are accepted"});
    }
    const unsigned char* cursor = der.data();
    X509ReqPtr request(d2i_X509_REQ(nullptr, &cursor, static_cast<long>(der.size())));
    if (!request) return fail(openssl_error("reading a certificate request (PKCS #10 DER is expected)"));
    if (cursor != der.data() + der.size()) return fail(PkiError{"bytes follow the end of the certificate request"});
    EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
    if (key == nullptr) return fail(openssl_error("reading the key of a certificate request"));
    EVP_PKEY_up_ref(key);
    auto public_key = PublicKey::from_evp(EvpKeyPtr(key));
    if (!public_key) return fail(public_key.error());
    if (X509_REQ_verify(request.get(), public_key->evp()) != 1) {
        openssl_error("");
        return fail(PkiError{"the signature of the certificate request does not match its key"});
    }
    auto common_name = only_common_name(request.get());
    if (!common_name) return fail(common_name.error());
    return CertificateRequest{std::move(*public_key), std::move(*common_name)};
}

PkiResult<std::vector<std::uint8_t>> make_csr(const PrivateKey& key, std::string_view common_name) {
    X509ReqPtr request(X509_REQ_new());
    if (!request || X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1 ||
        X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request.get()), "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(common_name.data()),
                                   static_cast<int>(common_name.size()), -1, 0) != 1 ||
        X509_REQ_set_pubkey(request.get(), key.evp()) != 1 ||
        X509_REQ_sign(request.get(), key.evp(), EVP_sha256()) == 0) {
        return fail(openssl_error("making a certificate request"));
    }
    unsigned char* der = nullptr;
    int length = i2d_X509_REQ(request.get(), &der);
    std::vector<std::uint8_t> out(der, der + std::max(length, 0));
    OPENSSL_free(der);
    return out;
}

}  // namespace wasmbed::pki
