#include "host/pki/openssl_crypto.hpp"

#include <gtest/gtest.h>
#include <memory>

#include "host/pki/encoding.hpp"

namespace wasmbed::pki {
namespace {

// FIPS 180-4 example "abc".
constexpr char kAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(OpenSslCrypto, hashes_whole_and_in_pieces_alike) {
    OpenSslCrypto crypto;
    EXPECT_EQ(to_hex(crypto.sha256(bytes_of("abc"))), kAbc);
    alignas(16) std::array<std::byte, Crypto::kSha256StorageBytes> storage;
    Sha256* running = crypto.begin_sha256(storage);
    ASSERT_NE(running, nullptr);
    running->update(bytes_of("a"));
    running->update(bytes_of("bc"));
    EXPECT_EQ(to_hex(running->finish()), kAbc);
    std::destroy_at(running);
}

TEST(OpenSslCrypto, refuses_storage_that_is_too_small) {
    OpenSslCrypto crypto;
    std::array<std::byte, 4> storage;
    EXPECT_EQ(crypto.begin_sha256(storage), nullptr);
}

TEST(OpenSslCrypto, malformed_key_never_verifies) {
    OpenSslCrypto crypto;
    EXPECT_FALSE(crypto.verify_es256(P256PublicKey{}, Digest{}, Es256Signature{}));
}

TEST(OpenSslCrypto, random_fills_and_differs) {
    EXPECT_EQ(random_bytes(32).size(), 32U);
    EXPECT_NE(random_bytes(32), random_bytes(32));
}

}  // namespace
}  // namespace wasmbed::pki
