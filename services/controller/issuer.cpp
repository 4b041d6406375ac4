#include "services/controller/issuer.hpp"

#include "core/proto/cose.hpp"
#include "core/proto/manifest.hpp"
#include "host/base/json.hpp"
#include "host/pki/csr.hpp"
#include "host/pki/encoding.hpp"
#include "host/pki/openssl_crypto.hpp"

namespace wasmbed::controller {

Result<fleet::Identity, std::string> DeviceIssuer::issue(const fleet::Device& device, WallClock::time_point now) const {
    if (!device.enrollment) return fail(std::string("there is no request"));
    auto der = pki::from_base64(device.enrollment->csr);
    if (!der) return fail(std::string("status.enrollment.csr is not base64"));
    auto request = pki::parse_csr(*der);
    if (!request) return fail(request.error().message);
    const pki::PublicKey* key = &request->key;
    if (key->spki_sha256() != device.enrollment->public_key_sha256) {
        return fail("the request's key is " + key->spki_sha256() + ", status.enrollment.publicKeySha256 says " +
                    device.enrollment->public_key_sha256);
    }
    auto certificate =
        authority_.issue(*key, pki::device_profile(device.meta.uid), std::chrono::floor<std::chrono::seconds>(now));
    if (!certificate) return fail(certificate.error().message);
    return fleet::Identity{certificate->to_pem(), certificate->serial(), rfc3339(certificate->not_after()),
                           key->spki_sha256()};
}

std::optional<WallClock::time_point> issued_at(const fleet::Identity& identity) {
    auto certificate = pki::Certificate::from_pem(identity.certificate);
    if (!certificate) return std::nullopt;
    return certificate->not_before() + pki::kClockSkew;
}

ManifestSigner::ManifestSigner(pki::PrivateKey key)
    : key_(std::move(key)), point_(key_.public_key().point()), kid_(pki::manifest_key_id(point_)) {}

Result<std::vector<std::uint8_t>, std::string> ManifestSigner::sign(Bytes payload) const {
    std::vector<std::uint8_t> buffer(payload.size() + proto::kCoseOverheadBytes);
    auto to_sign = proto::cose_sig_structure(buffer, kid_, payload);
    if (!to_sign) return fail("building the Sig_structure: " + std::string(cbor_error_name(to_sign.error().kind)));
    auto signature = key_.sign_es256(*to_sign);
    if (!signature) return fail(signature.error().message);
    auto cose = proto::cose_encode(buffer, kid_, payload, *signature);
    if (!cose) return fail("building the COSE_Sign1: " + std::string(cbor_error_name(cose.error().kind)));
    buffer.resize(cose->size());
    return buffer;
}

std::optional<std::vector<std::uint8_t>> ManifestSigner::verified_payload(Bytes cose) const {
    pki::OpenSslCrypto crypto;
    const proto::ManifestKey keys[] = {{kid_, point_}};
    auto payload = proto::cose_verify(cose, keys, crypto);
    if (!payload) return std::nullopt;
    return std::vector<std::uint8_t>(payload->begin(), payload->end());
}

std::string ManifestSigner::trusted_keys_json() const {
    return json::serialize(json::array{{{"kid", pki::to_hex(kid_)}, {"publicKey", pki::to_base64(point_)}}});
}

}  // namespace wasmbed::controller
