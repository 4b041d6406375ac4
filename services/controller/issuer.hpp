// The controller's keys at work: device certificates and signed manifests.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "host/base/time.hpp"
#include "host/fleet/device.hpp"
#include "host/pki/certificate.hpp"
#include "host/pki/directory.hpp"

namespace wasmbed::controller {

/// Issues certificates to devices with the device CA. Uses nothing of a request but its key.
class DeviceIssuer {
  public:
    explicit DeviceIssuer(pki::Authority authority) : authority_(std::move(authority)) {}

    /// A certificate for the key in device.status.enrollment, with subject and names of our own making. The error says
    /// what is wrong with the request.
    Result<fleet::Identity, std::string> issue(const fleet::Device& device, WallClock::time_point now) const;

    std::string authority_pem() const { return authority_.certificate().to_pem(); }

  private:
    pki::Authority authority_;
};

/// When the certificate was issued; none when the PEM is no certificate.
std::optional<WallClock::time_point> issued_at(const fleet::Identity& identity);

/// Signs manifests as COSE_Sign1 and recognizes its own.
class ManifestSigner {
  public:
    explicit ManifestSigner(pki::PrivateKey key);

    /// The COSE_Sign1 of `payload`. The error is for the log: it cannot be mended by a user.
    Result<std::vector<std::uint8_t>, std::string> sign(Bytes payload) const;

    /// The payload of a COSE_Sign1 that this key signed; none for anything else.
    std::optional<std::vector<std::uint8_t>> verified_payload(Bytes cose) const;

    /// manifest-keys.json of the ConfigMap wasmbed-trust.
    std::string trusted_keys_json() const;

  private:
    pki::PrivateKey key_;
    P256PublicKey point_;
    std::array<std::uint8_t, 8> kid_;
};

}  // namespace wasmbed::controller
