#include "core/proto/cose.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "core/base/assert.hpp"
#include "core/proto/cbor_reader.hpp"
#include "core/proto/cbor_writer.hpp"

namespace wasmbed::proto {
namespace {

constexpr std::uint64_t kTagSign1 = 18;        // RFC 9052 section 2
constexpr std::uint64_t kHeaderAlgorithm = 1;  // RFC 9052 section 3.1
constexpr std::uint64_t kHeaderKid = 4;
constexpr std::int64_t kEs256 = -7;                  // RFC 9053 section 2.1
constexpr std::string_view kContext = "Signature1";  // RFC 9052 section 4.4

// {1: -7, 4: kid}: a head, a key and an algorithm, a key and a string's head.
constexpr std::size_t kProtectedBytesMax = 1 + 2 + 2 + kKidBytesMax;

struct Sign1 {
    Bytes protected_header;
    Bytes kid;
    Bytes payload;
    Bytes signature;
};

Bytes read_kid(CborReader& in, Bytes protected_header) {
    const std::size_t at = in.offset();
    CborReader header(protected_header);
    header.read_map(2, 2);
    const bool algorithm = header.read_uint() == kHeaderAlgorithm && header.read_int() == kEs256;
    const bool key_id = algorithm && header.read_uint() == kHeaderKid;
    const Bytes kid = header.read_bytes(1, kKidBytesMax);
    if (!header.ok()) in.fail_at(header.error().kind, at);
    if (!key_id) in.fail_at(CborErrorKind::out_of_range, at);
    return kid;
}

Result<Sign1, CborError> read_sign1(Bytes cose) {
    CborReader in(cose);
    if (in.read_tag() != kTagSign1) in.fail_at(CborErrorKind::wrong_type, 0);
    in.read_array(4, 4);
    Sign1 sign1;
    sign1.protected_header = in.read_bytes();
    sign1.kid = in.ok() ? read_kid(in, sign1.protected_header) : Bytes{};
    in.read_map(0, 0);
    sign1.payload = in.read_bytes();
    constexpr std::size_t kSignatureBytes = std::tuple_size_v<Es256Signature>;
    sign1.signature = in.read_bytes(kSignatureBytes, kSignatureBytes);
    if (!in.ok()) return fail(in.error());
    return sign1;
}

/// {1: -7, 4: kid}, encoded.
class ProtectedHeader {
  public:
    explicit ProtectedHeader(Bytes kid) {
        CborWriter out(bytes_);
        out.map(2).uint(kHeaderAlgorithm).integer(kEs256).uint(kHeaderKid).bytes(kid);
        if (kid.empty()) out.fail_with(CborErrorKind::out_of_range);
        if (const auto written = out.finish()) size_ = written->size();
    }

    /// Empty when the kid is empty or too long.
    Bytes bytes() const { return Bytes(bytes_).first(size_); }

  private:
    std::array<std::uint8_t, kProtectedBytesMax> bytes_;
    std::size_t size_ = 0;
};

// A Sig_structure (RFC 9052 section 4.4) with empty external_aad, up to the payload's content.
void write_sig_structure_head(CborWriter& out, Bytes protected_header, std::size_t payload_bytes) {
    if (protected_header.empty()) out.fail_with(CborErrorKind::out_of_range);
    out.array(4).text(kContext).bytes(protected_header).bytes({}).bytes_head(payload_bytes);
}

Digest sig_structure_digest(Bytes protected_header, Bytes payload, Crypto& crypto) {
    // Heads of array, text, protected header, external_aad and payload, with their contents but the last.
    std::uint8_t head[1 + 1 + kContext.size() + 1 + kProtectedBytesMax + 1 + 9];
    CborWriter writer(head);
    write_sig_structure_head(writer, protected_header, payload.size());
    const auto written = writer.finish();
    WASMBED_ASSERT(written.has_value());

    alignas(std::max_align_t) std::byte storage[Crypto::kSha256StorageBytes];
    Sha256* hash = crypto.begin_sha256(storage);
    WASMBED_ASSERT(hash != nullptr);
    hash->update(*written);
    hash->update(payload);
    const Digest digest = hash->finish();
    hash->~Sha256();
    return digest;
}

}  // namespace

Result<Bytes, CoseError> cose_verify(Bytes cose, const List<ManifestKey>& keys, Crypto& crypto) {
    const auto sign1 = read_sign1(cose);
    if (!sign1) return fail(CoseError{CoseErrorKind::malformed, sign1.error()});
    Es256Signature signature;
    std::ranges::copy(sign1->signature, signature.begin());

    std::optional<Digest> digest;
    for (const ManifestKey& key : keys) {
        if (!std::ranges::equal(key.kid, sign1->kid)) continue;
        if (!digest) digest = sig_structure_digest(sign1->protected_header, sign1->payload, crypto);
        if (crypto.verify_es256(key.key, *digest, signature)) return sign1->payload;
    }
    return fail(CoseError{digest ? CoseErrorKind::bad_signature : CoseErrorKind::unknown_key, {}});
}

Result<Bytes, CborError> cose_sig_structure(MutableBytes out, Bytes kid, Bytes payload) {
    CborWriter writer(out);
    write_sig_structure_head(writer, ProtectedHeader(kid).bytes(), payload.size());
    return writer.encoded(payload).finish();
}

Result<Bytes, CborError> cose_encode(MutableBytes out, Bytes kid, Bytes payload, const Es256Signature& signature) {
    const ProtectedHeader header(kid);
    CborWriter writer(out);
    if (header.bytes().empty()) writer.fail_with(CborErrorKind::out_of_range);
    return writer.tag(kTagSign1).array(4).bytes(header.bytes()).map(0).bytes(payload).bytes(signature).finish();
}

}  // namespace wasmbed::proto
