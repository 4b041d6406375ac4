#include "device/runtime/crypto/drbg.hpp"

#include <array>
#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <set>

#include "device/hal/testing/fake_store.hpp"
#include "device/runtime/crypto/testing/test_psa.hpp"

namespace wasmbed::crypto {
namespace {

using Block = std::array<std::uint8_t, 32>;

// The same "entropy" each time, or none: what a broken source would do.
class FixedEntropy final : public hal::Entropy {
  public:
    bool present = true;

  private:
    Result<void, hal::EntropyError> do_fill(MutableBytes out) override {
        if (!present) return fail(hal::EntropyError::NoData);
        std::fill(out.begin(), out.end(), 0x5A);
        return {};
    }
};

class DrbgTest : public testing::Test {
  protected:
    DrbgTest() { start_test_psa(); }
    hal::FakeStore store_{{.size = 8192, .erase_block = 4096, .program_unit = 8}};
    FixedEntropy entropy_;
    Bytes unit_ = bytes_of("unit-1");
};

TEST_F(DrbgTest, gives_nothing_without_a_source_even_with_a_persisted_seed) {
    {
        Drbg first(&entropy_, &store_);
        ASSERT_TRUE(first.start(unit_));
    }
    Block out{};
    Drbg absent(nullptr, &store_);
    EXPECT_EQ(absent.start(unit_).error(), CryptoError::NoEntropy);
    EXPECT_FALSE(absent.random(out));
    entropy_.present = false;
    Drbg broken(&entropy_, &store_);
    EXPECT_EQ(broken.start(unit_).error(), CryptoError::NoEntropy);
    EXPECT_FALSE(broken.random(out));
    EXPECT_EQ(out, Block{});
    entropy_.present = true;
    EXPECT_TRUE(broken.start(unit_));
    EXPECT_TRUE(broken.random(out));
}

TEST_F(DrbgTest, persisted_seed_makes_boots_differ_even_with_a_source_that_repeats) {
    std::set<Block> seen;
    for (std::uint32_t boot = 1; boot <= 10; ++boot) {
        Drbg drbg(&entropy_, &store_);
        ASSERT_TRUE(drbg.start(unit_));
        EXPECT_EQ(drbg.boot_count(), boot);
        EXPECT_TRUE(drbg.seed_saved());
        Block out;
        ASSERT_TRUE(drbg.random(out));
        EXPECT_TRUE(seen.insert(out).second);
    }
}

TEST_F(DrbgTest, no_seed_is_used_twice_wherever_the_power_is_cut) {
    {
        ASSERT_TRUE(Drbg(&entropy_, &store_).start(unit_));
    }
    std::set<Block> given;
    for (std::uint64_t cut = 0; cut < 8; ++cut) {
        store_.cut_power_after(cut);
        Drbg cut_short(&entropy_, &store_);
        EXPECT_TRUE(cut_short.start(unit_));  // the hardware source alone suffices
        store_.restore_power();
        Drbg next(&entropy_, &store_);
        ASSERT_TRUE(next.start(unit_));
        EXPECT_TRUE(next.seed_saved());
        Block out;
        ASSERT_TRUE(next.random(out));
        EXPECT_TRUE(given.insert(out).second) << cut;
    }
}

TEST_F(DrbgTest, works_without_a_seed_store_and_for_long_requests) {
    Drbg drbg(&entropy_, nullptr);
    ASSERT_TRUE(drbg.start(unit_));
    EXPECT_EQ(drbg.boot_count(), 0U);
    std::array<std::uint8_t, 5000> out{};
    ASSERT_TRUE(drbg.random(out));
    EXPECT_NE(out.back() + out[4999 - 32], 0);
    EXPECT_EQ(Drbg(&entropy_, nullptr).start(Bytes(out).first(33)).error(), CryptoError::BadArgument);
}

/// What OpenSSL's HMAC_DRBG gives for these inputs: 3 requests of 80 bytes, a reseed before the last.
std::array<std::array<std::uint8_t, 80>, 3> openssl_hmac_drbg(Bytes entropy, Bytes nonce, Bytes personalization) {
    std::array<std::array<std::uint8_t, 80>, 3> out;
    EVP_RAND* test_source = EVP_RAND_fetch(nullptr, "TEST-RAND", nullptr);
    EVP_RAND_CTX* parent = EVP_RAND_CTX_new(test_source, nullptr);
    unsigned strength = 256;
    OSSL_PARAM source_params[] = {
        OSSL_PARAM_uint(OSSL_RAND_PARAM_STRENGTH, &strength),
        OSSL_PARAM_octet_string(OSSL_RAND_PARAM_TEST_ENTROPY, const_cast<std::uint8_t*>(entropy.data()),
                                entropy.size()),
        OSSL_PARAM_octet_string(OSSL_RAND_PARAM_TEST_NONCE, const_cast<std::uint8_t*>(nonce.data()), nonce.size()),
        OSSL_PARAM_END};
    EVP_RAND_instantiate(parent, strength, 0, nullptr, 0, source_params);
    EVP_RAND* generator = EVP_RAND_fetch(nullptr, "HMAC-DRBG", nullptr);
    EVP_RAND_CTX* drbg = EVP_RAND_CTX_new(generator, parent);
    char digest[] = "SHA256", mac[] = "HMAC";
    OSSL_PARAM params[] = {OSSL_PARAM_utf8_string(OSSL_DRBG_PARAM_DIGEST, digest, 0),
                           OSSL_PARAM_utf8_string(OSSL_DRBG_PARAM_MAC, mac, 0), OSSL_PARAM_END};
    EXPECT_EQ(EVP_RAND_instantiate(drbg, strength, 0, personalization.data(), personalization.size(), params), 1);
    EXPECT_EQ(EVP_RAND_generate(drbg, out[0].data(), out[0].size(), strength, 0, nullptr, 0), 1);
    EXPECT_EQ(EVP_RAND_generate(drbg, out[1].data(), out[1].size(), strength, 0, nullptr, 0), 1);
    // The reseed of this source draws the same entropy again.
    EXPECT_EQ(EVP_RAND_instantiate(parent, strength, 0, nullptr, 0, source_params), 1);
    EXPECT_EQ(EVP_RAND_reseed(drbg, 0, nullptr, 0, nullptr, 0), 1);
    EXPECT_EQ(EVP_RAND_generate(drbg, out[2].data(), out[2].size(), strength, 0, nullptr, 0), 1);
    EVP_RAND_CTX_free(drbg);
    EVP_RAND_free(generator);
    EVP_RAND_CTX_free(parent);
    EVP_RAND_free(test_source);
    return out;
}

TEST(HmacDrbg, gives_what_openssls_gives) {
    std::array<std::uint8_t, HmacDrbg::kEntropyBytes + HmacDrbg::kNonceBytes> seed;
    for (std::size_t i = 0; i < seed.size(); ++i) seed[i] = static_cast<std::uint8_t>(7 * i + 1);
    const Bytes entropy = Bytes(seed).first(HmacDrbg::kEntropyBytes);
    const auto expected = openssl_hmac_drbg(entropy, Bytes(seed).last(HmacDrbg::kNonceBytes), bytes_of("unit-1"));
    HmacDrbg drbg;
    drbg.instantiate(seed, bytes_of("unit-1"));
    std::array<std::uint8_t, 80> out;
    drbg.generate(out);
    EXPECT_EQ(out, expected[0]);
    drbg.generate(out);
    EXPECT_EQ(out, expected[1]);
    drbg.reseed(entropy);
    drbg.generate(out);
    EXPECT_EQ(out, expected[2]);
}

}  // namespace
}  // namespace wasmbed::crypto
