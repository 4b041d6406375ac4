// Any bytes as a signed manifest, as a bare manifest and as a factory partition.

#include <algorithm>
#include <new>
#include <vector>

#include "core/base/assert.hpp"
#include "core/base/crc32.hpp"
#include "core/base/endian.hpp"
#include "core/proto/cose.hpp"
#include "core/proto/manifest.hpp"
#include "core/proto/provision.hpp"

using namespace wasmbed;
using namespace wasmbed::proto;

namespace {

// The fuzzer looks for faults in parsing, so every signature is good and hashing costs nothing.
class NoSha256 final : public Sha256 {
  public:
    void update(Bytes data) override { bytes_ += data.size(); }
    Digest finish() override { return Digest{static_cast<std::uint8_t>(bytes_)}; }

  private:
    std::size_t bytes_ = 0;
};

class NoCrypto final : public Crypto {
  public:
    Digest sha256(Bytes) override { return {}; }
    bool verify_es256(const P256PublicKey&, const Digest&, const Es256Signature&) override { return true; }
    bool random(MutableBytes) override { return false; }
    Sha256* begin_sha256(std::span<std::byte> storage) override { return new (storage.data()) NoSha256; }
};

void try_manifest(Bytes payload) {
    const auto manifest = decode_manifest(payload);
    if (!manifest) return;
    for (const EnvEntry& entry : manifest->env) WASMBED_ASSERT(!entry.name.empty());
    for (std::string_view permission : manifest->permissions) WASMBED_ASSERT(!permission.empty());
    std::vector<std::uint8_t> buffer(payload.size());
    const auto encoded = encode_manifest(buffer, *manifest);
    WASMBED_ASSERT(encoded.has_value());
    WASMBED_ASSERT(decode_manifest(*encoded).has_value());
}

void try_provision(Bytes input) {
    static_cast<void>(decode_provision(input));
    // With a header that is right, so that the item is reached.
    std::vector<std::uint8_t> partition{'W', 'B', 'P', 'V', 0, 0, 0, 0, 0, 0, 0, 0};
    partition.insert(partition.end(), input.begin(), input.end());
    store_le32(&partition[4], static_cast<std::uint32_t>(input.size()));
    store_le32(&partition[8], crc32(input));
    const auto provision = decode_provision(partition);
    if (!provision) return;
    for (const ManifestKey& key : provision->manifest_keys) WASMBED_ASSERT(!key.kid.empty());
    for (Bytes root : provision->roots) WASMBED_ASSERT(!root.empty());
    std::vector<std::uint8_t> buffer(partition.size());
    WASMBED_ASSERT(encode_provision(buffer, *provision).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes input(data, size);
    NoCrypto crypto;
    const std::uint8_t kid[] = {1};
    const ManifestKey keys[] = {{.kid = kid}};
    if (const auto payload = cose_verify(input, keys, crypto)) try_manifest(*payload);
    try_manifest(input);
    try_provision(input);
    return 0;
}
