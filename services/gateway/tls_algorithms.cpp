#include "services/gateway/tls_algorithms.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <map>
#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <string_view>
#include <vector>

namespace wasmbed::gateway {
namespace {

struct Operation {
    int id;
    std::initializer_list<std::string_view> names;
};

/// TLS 1.3 on P-256 and X25519, with certificates on P-256 or a pre-shared key; SHA-1 is how OpenSSL tells certificates
/// apart, AES-256-CTR makes random numbers.
const std::array<Operation, 9> kWanted{{
    {OSSL_OP_DIGEST, {"SHA1", "SHA2-256", "SHA2-384"}},
    {OSSL_OP_CIPHER, {"AES-128-GCM", "AES-256-GCM", "ChaCha20-Poly1305", "AES-256-CTR"}},
    {OSSL_OP_MAC, {"HMAC"}},
    {OSSL_OP_KDF, {"HKDF", "TLS13-KDF"}},
    {OSSL_OP_RAND, {"CTR-DRBG", "SEED-SRC"}},
    {OSSL_OP_KEYMGMT, {"EC", "X25519", "HMAC"}},
    {OSSL_OP_KEYEXCH, {"ECDH", "X25519"}},
    {OSSL_OP_SIGNATURE, {"ECDSA", "HMAC"}},
    {OSSL_OP_DECODER, {"EC"}},
}};

/// OpenSSL's default provider, and the part of its lists that the context shows. There is one: OpenSSL hands the
/// default provider's own state to the functions below, so theirs can only be here.
struct Shown {
    OSSL_PROVIDER* whole = nullptr;
    std::map<int, std::vector<OSSL_ALGORITHM>> operations{};
};
Shown& shown() {
    static Shown only;
    return only;
}

/// Those of an operation that are wanted, and the entry that ends a list. An algorithm has several names,
/// "EC:id-ecPublicKey:1.2.840.10045.2.1"; the first counts.
std::vector<OSSL_ALGORITHM> wanted_of(const Operation& operation) {
    int no_cache = 0;
    std::vector<OSSL_ALGORITHM> list;
    const OSSL_ALGORITHM* next = OSSL_PROVIDER_query_operation(shown().whole, operation.id, &no_cache);
    for (; next != nullptr && next->algorithm_names != nullptr; ++next) {
        const std::string_view names = next->algorithm_names;
        const std::string_view first = names.substr(0, names.find(':'));
        if (std::ranges::find(operation.names, first) != operation.names.end()) list.push_back(*next);
    }
    list.push_back({});
    return list;
}

const OSSL_ALGORITHM* query_operation(void*, int operation, int* no_cache) {
    *no_cache = 0;
    const auto found = shown().operations.find(operation);
    return found == shown().operations.end() ? nullptr : found->second.data();
}

/// The groups of TLS.
int get_capabilities(void*, const char* capability, OSSL_CALLBACK* callback, void* argument) {
    return OSSL_PROVIDER_get_capabilities(shown().whole, capability, callback, argument);
}

template <class F>
void (*erased(F* function))() {
    return reinterpret_cast<void (*)()>(function);
}

int start_provider(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*, const OSSL_DISPATCH** functions, void** state) {
    static const std::array<OSSL_DISPATCH, 3> kFunctions{
        {{OSSL_FUNC_PROVIDER_QUERY_OPERATION, erased(query_operation)},
         {OSSL_FUNC_PROVIDER_GET_CAPABILITIES, erased(get_capabilities)},
         {0, nullptr}}};
    *functions = kFunctions.data();
    *state = OSSL_PROVIDER_get0_provider_ctx(shown().whole);
    return 1;
}

OSSL_LIB_CTX* make_context() {
    constexpr const char* kName = "wasmbed-tls";
    Shown& part = shown();
    part.whole = OSSL_PROVIDER_load(nullptr, "default");
    if (part.whole == nullptr) return nullptr;
    for (const Operation& operation : kWanted) part.operations.emplace(operation.id, wanted_of(operation));
    OSSL_LIB_CTX* context = OSSL_LIB_CTX_new();
    if (context != nullptr && OSSL_PROVIDER_add_builtin(context, kName, start_provider) == 1 &&
        OSSL_PROVIDER_load(context, kName) != nullptr) {
        return context;
    }
    OSSL_LIB_CTX_free(context);
    return nullptr;
}

}  // namespace

OSSL_LIB_CTX* tls_algorithms() {
    static OSSL_LIB_CTX* const context = make_context();
    return context;
}

}  // namespace wasmbed::gateway
