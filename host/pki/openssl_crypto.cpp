#define OPENSSL_SUPPRESS_DEPRECATED  // SHA256_CTX, see InlineSha256

#include "host/pki/openssl_crypto.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "host/pki/encoding.hpp"
#include "host/pki/key.hpp"

namespace wasmbed::pki {
namespace {

/// The low-level context is deprecated but lies wholly in the caller's storage: nothing leaks when the caller drops it
/// without a destructor, as core/ does.
class InlineSha256 final : public Sha256 {
  public:
    InlineSha256() { SHA256_Init(&context_); }
    void update(Bytes data) override { SHA256_Update(&context_, data.data(), data.size()); }
    Digest finish() override {
        Digest out;
        SHA256_Final(out.data(), &context_);
        return out;
    }

  private:
    SHA256_CTX context_;
};
static_assert(sizeof(InlineSha256) <= Crypto::kSha256StorageBytes);

/// R || S to DER; empty when OpenSSL is out of memory.
std::vector<std::uint8_t> der_signature(const Es256Signature& raw) {
    std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> parsed(ECDSA_SIG_new(), &ECDSA_SIG_free);
    BIGNUM* r = BN_bin2bn(raw.data(), 32, nullptr);
    BIGNUM* s = BN_bin2bn(raw.data() + 32, 32, nullptr);
    if (!parsed || ECDSA_SIG_set0(parsed.get(), r, s) != 1) {
        BN_free(r);
        BN_free(s);
        return {};
    }
    unsigned char* der = nullptr;
    int length = i2d_ECDSA_SIG(parsed.get(), &der);
    std::vector<std::uint8_t> out(der, der + (length > 0 ? length : 0));
    OPENSSL_free(der);
    return out;
}

}  // namespace

Digest OpenSslCrypto::sha256(Bytes data) {
    return pki::sha256(data);
}

bool OpenSslCrypto::verify_es256(const P256PublicKey& key, const Digest& message_digest,
                                 const Es256Signature& signature) {
    auto public_key = PublicKey::from_point(key);
    if (!public_key) return false;
    std::vector<std::uint8_t> der = der_signature(signature);
    std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(EVP_PKEY_CTX_new(public_key->evp(), nullptr),
                                                                        &EVP_PKEY_CTX_free);
    return context && EVP_PKEY_verify_init(context.get()) == 1 &&
           EVP_PKEY_verify(context.get(), der.data(), der.size(), message_digest.data(), message_digest.size()) == 1;
}

bool OpenSslCrypto::random(MutableBytes out) {
    return RAND_bytes(out.data(), static_cast<int>(out.size())) == 1;
}

Sha256* OpenSslCrypto::begin_sha256(std::span<std::byte> storage) {
    void* place = storage.data();
    std::size_t space = storage.size();
    if (std::align(alignof(InlineSha256), sizeof(InlineSha256), place, space) == nullptr) return nullptr;
    return new (place) InlineSha256();
}

Digest sha256(Bytes data) {
    Digest out;
    SHA256(data.data(), data.size(), out.data());
    return out;
}

std::string sha256_hex(Bytes data) {
    return to_hex(sha256(data));
}

std::vector<std::uint8_t> random_bytes(std::size_t count) {
    std::vector<std::uint8_t> out(count);
    if (RAND_bytes(out.data(), static_cast<int>(count)) != 1) {
        std::fputs("fatal: the system has no source of random numbers\n", stderr);
        std::abort();
    }
    return out;
}

}  // namespace wasmbed::pki
