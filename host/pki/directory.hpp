// DIR/pki of `wasmbed up`: every key and certificate of one machine, made on the first start.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "host/pki/certificate.hpp"

namespace wasmbed::pki {

/// What the directory must hold; the table is in docs/reference/objects.md.
struct DirectoryOptions {
    std::string roles_namespace = "wasmbed";          ///< namespace in the gateways' SAN URI
    std::vector<std::string> gateways = {"default"};  ///< names of the gateways that run here
    std::vector<std::string> roles = {"controller", "emulator", "web"};
};

/// Opened PKI. Reading it never changes it; only `open_or_create` writes.
///
/// Invariants: the CAs and the manifest-signing key are made together, in a folder that is renamed into place when it
/// is whole, so a power cut during the first start leaves nothing or everything. They are never made again: a missing
/// or foreign one is an error, since new ones would lock every enrolled device out. Certificates below them are made
/// when absent and again when fewer than 30 days are left, with the same key.
class PkiDirectory {
  public:
    /// Makes what is missing under `dir`, checks what is there (pairs match, signed by the right CA). Blocks on the
    /// disk. One process at a time.
    static PkiResult<PkiDirectory> open_or_create(const std::filesystem::path& dir, const DirectoryOptions& options,
                                                  SystemTime now);
    /// Checks and opens an existing one; an error naming the file when something is missing.
    static PkiResult<PkiDirectory> open(const std::filesystem::path& dir);

    /// Looks at nothing yet: for a role that was given only some of the files. Each read says by itself what is
    /// missing.
    static PkiDirectory at(const std::filesystem::path& dir) { return PkiDirectory(dir); }

    const std::filesystem::path& path() const { return dir_; }
    /// DIR/<name>.crt, for example "service-ca", "apiserver", "gateway-default", "controller", "admin".
    std::filesystem::path certificate_path(std::string_view name) const;
    /// DIR/<name>.key, mode 0600.
    std::filesystem::path key_path(std::string_view name) const;

    /// A CA with its key: "device-ca", "service-ca" or "user-ca".
    PkiResult<Authority> authority(std::string_view name) const;
    PkiResult<Certificate> certificate(std::string_view name) const;
    PkiResult<PrivateKey> key(std::string_view name) const;
    /// The key that signs manifests.
    PkiResult<PrivateKey> manifest_key() const { return key("manifest-signing"); }

  private:
    explicit PkiDirectory(std::filesystem::path dir) : dir_(std::move(dir)) {}
    std::filesystem::path dir_;
};

}  // namespace wasmbed::pki
