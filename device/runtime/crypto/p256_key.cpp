#include "device/runtime/crypto/p256_key.hpp"

#include <algorithm>
#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>
#include <psa/crypto.h>
#include <utility>

#include "device/runtime/crypto/psa_status.hpp"

namespace wasmbed::crypto {
namespace {

// What TLS and a CSR need of the key, and the export for the store.
psa_key_attributes_t key_pair_attributes() {
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_bits(&attributes, 256);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_EXPORT);
    psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_ANY_HASH));
    return attributes;
}

/// Until 2099 every fourth year is a leap year. Years and months count from March, so that the odd day comes last.
std::uint32_t unix_seconds(const mbedtls_x509_time& time) {
    const auto shifted = static_cast<std::uint32_t>(time.year * 12 + time.mon - 3);
    const std::uint32_t year = shifted / 12;
    const std::uint32_t days = year * 1461 / 4 + (shifted % 12 * 153 + 2) / 5 + static_cast<std::uint32_t>(time.day);
    constexpr std::uint32_t kMarch1970 = 1969 * 1461 / 4 + 306 + 1;  // 1 January 1970, counted that way
    return (((days - kMarch1970) * 24 + static_cast<std::uint32_t>(time.hour)) * 60 +
            static_cast<std::uint32_t>(time.min)) *
               60 +
           static_cast<std::uint32_t>(time.sec);
}

}  // namespace

Result<P256Key, CryptoError> P256Key::generate() {
    const psa_key_attributes_t attributes = key_pair_attributes();
    psa_key_id_t id = PSA_KEY_ID_NULL;
    const psa_status_t status = psa_generate_key(&attributes, &id);
    if (status != PSA_SUCCESS) return fail(error_of(status));
    return adopt(id);
}

Result<P256Key, CryptoError> P256Key::import(const P256Scalar& scalar) {
    const psa_key_attributes_t attributes = key_pair_attributes();
    psa_key_id_t id = PSA_KEY_ID_NULL;
    const psa_status_t status = psa_import_key(&attributes, scalar.data(), scalar.size(), &id);
    if (status == PSA_ERROR_INVALID_ARGUMENT) return fail(CryptoError::BadKey);
    if (status != PSA_SUCCESS) return fail(error_of(status));
    return adopt(id);
}

Result<P256Key, CryptoError> P256Key::adopt(std::uint32_t id) {
    P256Key key(id);
    std::size_t size = 0;
    const psa_status_t status = psa_export_public_key(id, key.public_key_.data(), key.public_key_.size(), &size);
    // The p256-m driver takes any 32 bytes at import and finds scalars outside [1, n-1] only here.
    if (status == PSA_ERROR_INVALID_ARGUMENT) return fail(CryptoError::BadKey);
    if (status != PSA_SUCCESS) return fail(error_of(status));
    if (size != key.public_key_.size()) return fail(CryptoError::Internal);
    return key;
}

P256Key::P256Key(P256Key&& other) noexcept : id_(std::exchange(other.id_, 0)), public_key_(other.public_key_) {}

P256Key& P256Key::operator=(P256Key&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(public_key_, other.public_key_);
    return *this;
}

P256Key::~P256Key() {
    if (id_ != 0) psa_destroy_key(id_);
}

Result<P256Scalar, CryptoError> P256Key::export_scalar() const {
    P256Scalar scalar;
    std::size_t size = 0;
    const psa_status_t status = psa_export_key(id_, scalar.data(), scalar.size(), &size);
    if (status != PSA_SUCCESS) return fail(error_of(status));
    if (size != scalar.size()) return fail(CryptoError::Internal);
    return scalar;
}

Result<bool, CryptoError> P256Key::matches(Bytes certificate_der, Validity* validity) const {
    mbedtls_x509_crt certificate;
    mbedtls_x509_crt_init(&certificate);
    const int parsed = mbedtls_x509_crt_parse_der_nocopy(&certificate, certificate_der.data(), certificate_der.size());
    Result<bool, CryptoError> result = fail(CryptoError::BadCertificate);
    if (parsed == MBEDTLS_ERR_X509_ALLOC_FAILED) {
        result = fail(CryptoError::NoMemory);
    } else if (parsed == 0) {
        // The key of the certificate is compared as text of its SubjectPublicKeyInfo: a P-256 one ends with the
        // uncompressed point (RFC 5480 section 2), which no other kind of key of that length could.
        const Bytes spki{certificate.pk_raw.p, certificate.pk_raw.len};
        constexpr std::size_t kSpkiBytes =
            91;  // SEQUENCE of AlgorithmIdentifier (ecPublicKey, prime256v1) and BIT STRING
        if (spki.size() == kSpkiBytes && mbedtls_pk_can_do(&certificate.pk, MBEDTLS_PK_ECKEY) != 0) {
            result = std::equal(public_key_.begin(), public_key_.end(), spki.end() - public_key_.size());
        }
        if (validity != nullptr) *validity = {unix_seconds(certificate.valid_from), unix_seconds(certificate.valid_to)};
    }
    mbedtls_x509_crt_free(&certificate);
    return result;
}

}  // namespace wasmbed::crypto
