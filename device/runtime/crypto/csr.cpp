// P256Key::make_csr: a PKCS #10 request (RFC 2986), written from its end to its beginning as Mbed TLS's DER writer
// works.
#include <algorithm>
#include <mbedtls/asn1write.h>
#include <psa/crypto.h>

#include "device/runtime/crypto/p256_key.hpp"
#include "device/runtime/crypto/psa_crypto.hpp"
#include "device/runtime/crypto/psa_status.hpp"

namespace wasmbed::crypto {
namespace {

constexpr std::size_t kCommonNameCharsMax = 64;  // ub-common-name, RFC 5280 appendix A.1

// Complete DER of the parts that never change.
constexpr std::uint8_t kEcdsaWithSha256[] = {0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86,
                                             0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02};  // RFC 5758
constexpr std::uint8_t kEcPublicKeyP256[] = {0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02,
                                             0x01,  // RFC 5480
                                             0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
constexpr std::uint8_t kCommonNameOid[] = {0x06, 0x03, 0x55, 0x04, 0x03};
constexpr std::uint8_t kVersion0[] = {0x02, 0x01, 0x00};
constexpr std::uint8_t kNoAttributes[] = {0xA0, 0x00};

// DER written backwards into a buffer. The first failure sticks.
class BackwardDer {
  public:
    explicit BackwardDer(MutableBytes out) : start_(out.data()), at_(out.data() + out.size()), end_(at_) {}

    void raw(Bytes der) { take(mbedtls_asn1_write_raw_buffer(&at_, start_, der.data(), der.size())); }
    // Puts tag and length before what was written since `mark`.
    void wrap(std::uint8_t tag, const std::uint8_t* mark) {
        take(mbedtls_asn1_write_len(&at_, start_, static_cast<std::size_t>(mark - at_)));
        take(mbedtls_asn1_write_tag(&at_, start_, tag));
    }
    void integer(Bytes big_endian) {
        const std::uint8_t* mark = at_;
        while (big_endian.size() > 1 && big_endian[0] == 0) big_endian = big_endian.subspan(1);
        raw(big_endian);
        if ((big_endian[0] & 0x80) != 0) raw(Bytes(kVersion0 + 2, 1));  // a zero byte keeps it positive
        wrap(MBEDTLS_ASN1_INTEGER, mark);
    }
    void bit_string(const std::uint8_t* mark) {
        raw(Bytes(kVersion0 + 2, 1));  // no unused bits
        wrap(MBEDTLS_ASN1_BIT_STRING, mark);
    }
    const std::uint8_t* here() const { return at_; }
    bool failed() const { return failed_; }
    Bytes written() const { return {at_, static_cast<std::size_t>(end_ - at_)}; }

  private:
    void take(int result) { failed_ = failed_ || result < 0; }

    std::uint8_t* start_;
    std::uint8_t* at_;
    std::uint8_t* end_;
    bool failed_ = false;
};

constexpr std::uint8_t kSequence = MBEDTLS_ASN1_SEQUENCE | MBEDTLS_ASN1_CONSTRUCTED;
constexpr std::uint8_t kSet = MBEDTLS_ASN1_SET | MBEDTLS_ASN1_CONSTRUCTED;

void write_subject(BackwardDer& der, std::string_view common_name) {
    const std::uint8_t* mark = der.here();
    der.raw(bytes_of(common_name));
    der.wrap(MBEDTLS_ASN1_UTF8_STRING, mark);
    der.raw(kCommonNameOid);
    der.wrap(kSequence, mark);
    der.wrap(kSet, mark);
    der.wrap(kSequence, mark);
}

void write_public_key(BackwardDer& der, const P256PublicKey& key) {
    const std::uint8_t* mark = der.here();
    der.raw(key);
    der.bit_string(mark);
    der.raw(kEcPublicKeyP256);
    der.wrap(kSequence, mark);
}

void write_request_info(BackwardDer& der, std::string_view common_name, const P256PublicKey& key) {
    const std::uint8_t* mark = der.here();
    der.raw(kNoAttributes);
    write_public_key(der, key);
    write_subject(der, common_name);
    der.raw(kVersion0);
    der.wrap(kSequence, mark);
}

void write_signature(BackwardDer& der, const Es256Signature& signature) {
    const std::uint8_t* mark = der.here();
    der.integer(Bytes(signature).subspan(32));
    der.integer(Bytes(signature).first(32));
    der.wrap(kSequence, mark);
    der.bit_string(mark);
    der.raw(kEcdsaWithSha256);
}

bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

}  // namespace

Result<Bytes, CryptoError> P256Key::make_csr(std::string_view common_name, MutableBytes out) const {
    if (common_name.empty() || common_name.size() > kCommonNameCharsMax || !is_printable(common_name)) {
        return fail(CryptoError::BadArgument);
    }
    // The signature follows what it signs, so the request info is written once to be hashed and once to its place.
    BackwardDer draft(out);
    write_request_info(draft, common_name, public_key_);
    if (draft.failed()) return fail(CryptoError::BufferTooSmall);
    const Digest digest = PsaCrypto().sha256(draft.written());
    Es256Signature signature;
    std::size_t size = 0;
    const psa_status_t status = psa_sign_hash(id_, PSA_ALG_ECDSA(PSA_ALG_SHA_256), digest.data(), digest.size(),
                                              signature.data(), signature.size(), &size);
    if (status != PSA_SUCCESS) return fail(error_of(status));

    BackwardDer der(out);
    const std::uint8_t* mark = der.here();
    write_signature(der, signature);
    write_request_info(der, common_name, public_key_);
    der.wrap(kSequence, mark);
    if (der.failed()) return fail(CryptoError::BufferTooSmall);
    const Bytes request = der.written();
    std::copy(request.begin(), request.end(), out.begin());
    return Bytes(out.data(), request.size());
}

}  // namespace wasmbed::crypto
