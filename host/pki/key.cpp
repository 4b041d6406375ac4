#include "host/pki/key.hpp"

#include <algorithm>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "host/pki/encoding.hpp"
#include "host/pki/openssl_crypto.hpp"

namespace wasmbed::pki {
namespace {

bool is_p256(EVP_PKEY* key) {
    char group[32];
    std::size_t length = 0;
    return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group, sizeof group, &length) == 1 &&
           std::string_view(group, length) == SN_X9_62_prime256v1;
}

/// DER ECDSA-Sig-Value to R || S.
PkiResult<Es256Signature> raw_signature(Bytes der) {
    const unsigned char* cursor = der.data();
    std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> parsed(
        d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(der.size())), &ECDSA_SIG_free);
    Es256Signature raw;
    if (!parsed || BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), raw.data(), 32) != 32 ||
        BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), raw.data() + 32, 32) != 32) {
        return fail(openssl_error("reading an ECDSA signature"));
    }
    return raw;
}

}  // namespace

PkiResult<PublicKey> PublicKey::from_evp(EvpKeyPtr key) {
    if (!key) return fail(openssl_error("reading a public key"));
    if (!is_p256(key.get())) return fail(PkiError{"the key is not an ECDSA P-256 key; only P-256 is supported"});
    return PublicKey(std::move(key));
}

PkiResult<PublicKey> PublicKey::from_point(const P256PublicKey& point) {
    char group[] = SN_X9_62_prime256v1;
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
                           OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
                                                             const_cast<std::uint8_t*>(point.data()), point.size()),
                           OSSL_PARAM_construct_end()};
    std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), &EVP_PKEY_CTX_free);
    EVP_PKEY* key = nullptr;
    if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        return fail(openssl_error("the public key is not a point on P-256"));
    }
    return PublicKey(EvpKeyPtr(key));
}

P256PublicKey PublicKey::point() const {
    P256PublicKey out{};
    // A loaded key keeps the form it was written in; the objects and COSE want the uncompressed one.
    EVP_PKEY_set_utf8_string_param(key_.get(), OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed");
    std::size_t length = 0;
    EVP_PKEY_get_octet_string_param(key_.get(), OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, out.data(), out.size(), &length);
    return out;
}

std::vector<std::uint8_t> PublicKey::spki_der() const {
    unsigned char* der = nullptr;
    int length = i2d_PUBKEY(key_.get(), &der);
    std::vector<std::uint8_t> out(der, der + std::max(length, 0));
    OPENSSL_free(der);
    return out;
}

std::string PublicKey::spki_sha256() const {
    return sha256_hex(spki_der());
}

std::string PublicKey::to_pem() const {
    BioPtr bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PUBKEY(bio.get(), key_.get());
    return take_text(bio.get());
}

PkiResult<PrivateKey> PrivateKey::generate() {
    EvpKeyPtr key(EVP_EC_gen(SN_X9_62_prime256v1));
    if (!key) return fail(openssl_error("making a P-256 key"));
    return PrivateKey(std::move(key));
}

PkiResult<PrivateKey> PrivateKey::from_pem(std::string_view pem) {
    BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    auto no_password = [](char*, int, int, void*) { return -1; };
    EvpKeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
    if (!key) return fail(openssl_error("reading a private key (unencrypted PEM is expected)"));
    if (!is_p256(key.get())) return fail(PkiError{"the private key is not an ECDSA P-256 key"});
    return PrivateKey(std::move(key));
}

std::string PrivateKey::to_pem() const {
    BioPtr bio(BIO_new(BIO_s_secmem()));
    PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return take_text(bio.get());
}

PublicKey PrivateKey::public_key() const {
    // Through DER, so that the public object holds no private part.
    unsigned char* der = nullptr;
    int length = i2d_PUBKEY(key_.get(), &der);
    const unsigned char* cursor = der;
    EvpKeyPtr key(d2i_PUBKEY(nullptr, &cursor, length));
    OPENSSL_free(der);
    return PublicKey::from_evp(std::move(key)).value();
}

PkiResult<Es256Signature> PrivateKey::sign_es256(Bytes message) const {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    std::array<std::uint8_t, 80> der;  // 72 bytes at most for P-256
    std::size_t length = der.size();
    if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), der.data(), &length, message.data(), message.size()) != 1) {
        return fail(openssl_error("signing"));
    }
    return raw_signature(Bytes(der).first(length));
}

std::array<std::uint8_t, 8> manifest_key_id(const P256PublicKey& point) {
    Digest digest = sha256(point);
    std::array<std::uint8_t, 8> id;
    std::copy_n(digest.begin(), id.size(), id.begin());
    return id;
}

}  // namespace wasmbed::pki
