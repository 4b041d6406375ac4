// X.509 certificates and the authorities that issue them.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "host/pki/key.hpp"

namespace wasmbed::pki {

using SystemTime = std::chrono::sys_seconds;

/// A certificate is valid from this long before it was issued: clocks differ.
constexpr std::chrono::minutes kClockSkew{5};

/// A certificate. Immutable; safe to read from several threads.
class Certificate {
  public:
    /// The first certificate of a PEM text.
    static PkiResult<Certificate> from_pem(std::string_view pem);
    static PkiResult<Certificate> from_der(Bytes der);
    static PkiResult<Certificate> from_x509(X509Ptr certificate);

    std::string to_pem() const;
    std::vector<std::uint8_t> to_der() const;

    SystemTime not_before() const;
    SystemTime not_after() const;
    /// Lower-case hex, an even number of digits.
    std::string serial() const;
    std::string common_name() const;
    /// The URI entries of the subject alternative name.
    std::vector<std::string> san_uris() const;
    PublicKey public_key() const;
    bool is_authority() const;

    /// Whether `issuer`'s key signed this certificate. Looks at neither dates nor purposes.
    bool signed_by(const Certificate& issuer) const;

    x509_st* x509() const { return certificate_.get(); }

  private:
    explicit Certificate(X509Ptr certificate) : certificate_(std::move(certificate)) {}
    X509Ptr certificate_;
};

/// What an issuer puts into a certificate. Nothing of it ever comes from a request.
struct Profile {
    std::string common_name;             ///< 1..64 bytes
    std::string organization;            ///< empty: none; Kubernetes reads it as the group
    std::vector<std::string> dns_names;  ///< subject alternative names
    std::vector<std::string> ip_addresses;
    std::vector<std::string> uris;
    bool server_auth = false;
    bool client_auth = false;
    std::chrono::days validity{397};  ///< the longest that public CAs may issue; long enough to renew at leisure
};

/// The profile of a device certificate: CN = uid, SAN URI `wasmbed:device:<uid>`, clientAuth.
Profile device_profile(std::string_view uid);
/// Gateway: CN=system:wasmbed:gateway:NAME, O=wasmbed:gateways, SAN URI `wasmbed:gateway:NAMESPACE/NAME`; server and
/// client.
Profile gateway_profile(std::string_view roles_namespace, std::string_view name);
/// The other roles: CN=system:wasmbed:ROLE, O=wasmbed:ROLEs; server and client.
Profile role_profile(std::string_view role);
/// The API server, reached on loopback.
Profile apiserver_profile();
/// A person; `group` becomes O, for example system:masters.
Profile user_profile(std::string_view name, std::string_view group);

/// A CA: its certificate and its private key.
class Authority {
  public:
    /// A new self-signed CA (path length 0) for `validity`.
    static PkiResult<Authority> create(std::string_view common_name, SystemTime now,
                                       std::chrono::days validity = std::chrono::days{3650});
    /// An error when the certificate is no CA or belongs to another key.
    static PkiResult<Authority> from(Certificate certificate, PrivateKey key);

    /// A certificate for `subject`, valid from kClockSkew before `now`, never longer than the CA
    /// itself.
    PkiResult<Certificate> issue(const PublicKey& subject, const Profile& profile, SystemTime now) const;

    const Certificate& certificate() const { return certificate_; }
    const PrivateKey& key() const { return key_; }

  private:
    Authority(Certificate certificate, PrivateKey key) : certificate_(std::move(certificate)), key_(std::move(key)) {}
    Certificate certificate_;
    PrivateKey key_;
};

}  // namespace wasmbed::pki
