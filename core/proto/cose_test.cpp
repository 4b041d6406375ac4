#include "core/proto/cose.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <vector>

#include "core/proto/test_bytes.hpp"
#include "host/pki/key.hpp"
#include "host/pki/openssl_crypto.hpp"

namespace wasmbed::proto {
namespace {

constexpr std::uint8_t kKid[] = {1, 2, 3, 4, 5, 6, 7, 8};

std::vector<std::uint8_t> signed_with(const pki::PrivateKey& key, Bytes kid, Bytes payload) {
    std::vector<std::uint8_t> buffer(payload.size() + kCoseOverheadBytes);
    const Bytes structure = cose_sig_structure(buffer, kid, payload).value();
    const Es256Signature signature = key.sign_es256(structure).value();
    buffer.resize(cose_encode(buffer, kid, payload, signature).value().size());
    return buffer;
}

struct Signer {
    pki::PrivateKey key = pki::PrivateKey::generate().value();
    ManifestKey manifest_key{.kid = kKid, .key = key.public_key().point()};
};

CoseErrorKind error_kind(Bytes cose, const List<ManifestKey>& keys) {
    pki::OpenSslCrypto crypto;
    const auto payload = cose_verify(cose, keys, crypto);
    EXPECT_FALSE(payload.has_value());
    return payload ? CoseErrorKind{} : payload.error().kind;
}

TEST(Cose, gives_the_payload_that_one_of_the_keys_signed) {
    const Signer signer;
    const Signer other;
    const ManifestKey keys[] = {{.kid = kKid, .key = other.manifest_key.key}, signer.manifest_key};
    pki::OpenSslCrypto crypto;
    for (std::size_t size : {0UL, 1UL, 23UL, 24UL, 255UL, 256UL, 4000UL}) {
        const std::vector<std::uint8_t> payload(size, 0xAB);
        const auto cose = signed_with(signer.key, kKid, payload);
        const auto verified = cose_verify(cose, keys, crypto);
        ASSERT_TRUE(verified.has_value()) << size;
        EXPECT_TRUE(std::ranges::equal(*verified, payload));
        EXPECT_LE(cose.size(), size + kCoseOverheadBytes);
    }
}

TEST(Cose, writes_the_bytes_of_rfc_9052) {
    std::uint8_t buffer[256];
    const std::uint8_t payload[] = {0xAA};
    // ["Signature1", << {1: -7, 4: h'0102030405060708'} >>, h'', h'AA']
    EXPECT_EQ(to_hex(cose_sig_structure(buffer, kKid, payload).value()),
              "846a5369676e6174757265314da20126044801020304050607084041aa");
    EXPECT_EQ(to_hex(cose_encode(buffer, kKid, payload, Es256Signature{}).value()),
              "d2844da2012604480102030405060708a041aa5840" + std::string(128, '0'));
}

TEST(Cose, refuses_an_unknown_kid_and_a_foreign_key) {
    const Signer signer;
    const Signer other;
    const auto cose = signed_with(signer.key, kKid, bytes_of("manifest"));
    const std::uint8_t other_kid[] = {9};
    EXPECT_EQ(error_kind(cose, std::vector{ManifestKey{.kid = other_kid, .key = signer.manifest_key.key}}),
              CoseErrorKind::unknown_key);
    EXPECT_EQ(error_kind(cose, {}), CoseErrorKind::unknown_key);
    EXPECT_EQ(error_kind(cose, std::vector{other.manifest_key}), CoseErrorKind::bad_signature);
}

TEST(Cose, refuses_every_flipped_bit) {
    const Signer signer;
    const ManifestKey keys[] = {signer.manifest_key};
    auto cose = signed_with(signer.key, kKid, bytes_of("manifest"));
    for (std::size_t i = 0; i < cose.size() * 8; ++i) {
        cose[i / 8] ^= static_cast<std::uint8_t>(1 << i % 8);
        static_cast<void>(error_kind(cose, keys));
        cose[i / 8] ^= static_cast<std::uint8_t>(1 << i % 8);
    }
    pki::OpenSslCrypto crypto;
    EXPECT_TRUE(cose_verify(cose, keys, crypto).has_value());
}

TEST(Cose, refuses_other_algorithms_headers_and_forms) {
    const std::string zeros(128, '0');
    for (const std::string& hex : {
             "844da2012604480102030405060708a041aa5840" + zeros,              // no tag
             "d1844da2012604480102030405060708a041aa5840" + zeros,            // another tag
             std::string("d2834da2012604480102030405060708a041aa"),           // no signature
             "d2844da2012704480102030405060708a041aa5840" + zeros,            // EdDSA
             "d28443a10126a041aa5840" + zeros,                                // no kid
             "d28445a201260440a041aa5840" + zeros,                            // empty kid
             "d2844da2012604480102030405060708a1010041aa5840" + zeros,        // unprotected header
             "d2844da2012604480102030405060708a0f65840" + zeros,              // detached payload
             "d2844da2012604480102030405060708a041aa41" + zeros.substr(126),  // short signature
             std::string(""),
         }) {
        EXPECT_EQ(error_kind(from_hex(hex), {}), CoseErrorKind::malformed) << hex;
    }
}

TEST(Cose, refuses_to_write_a_kid_outside_the_limits) {
    std::uint8_t buffer[256];
    const std::uint8_t long_kid[17] = {};
    EXPECT_EQ(cose_sig_structure(buffer, {}, {}).error().kind, CborErrorKind::out_of_range);
    EXPECT_EQ(cose_sig_structure(buffer, long_kid, {}).error().kind, CborErrorKind::out_of_range);
    EXPECT_EQ(cose_encode(buffer, long_kid, {}, Es256Signature{}).error().kind, CborErrorKind::out_of_range);
}

}  // namespace
}  // namespace wasmbed::proto
