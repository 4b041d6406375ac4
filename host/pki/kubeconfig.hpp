// Writes the kubeconfig files that kubectl and the roles read.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "host/pki/directory.hpp"

namespace wasmbed::pki {

/// One kubeconfig: a cluster, a user by client certificate, a context. All data inline, so that the file can be copied
/// to another machine.
struct Kubeconfig {
    std::string server;  ///< "https://127.0.0.1:6443"
    std::string user;    ///< name of the user entry, for example "admin"
    std::string default_namespace = "wasmbed";
    std::string authority_pem;  ///< CA of the API server
    std::string certificate_pem;
    std::string key_pem;
};

/// The file's text, YAML as kubectl writes it.
std::string render_kubeconfig(const Kubeconfig& config);

/// Writes `admin_path` (for people) and DIR/pki/<role>.kubeconfig for each of `roles` ("controller", "gateway-default",
/// ...), mode 0600. Files that are right already are left alone. Blocks on the disk.
PkiResult<void> write_kubeconfigs(const PkiDirectory& pki, const std::string& server,
                                  const std::filesystem::path& admin_path, const std::vector<std::string>& roles,
                                  const std::string& roles_namespace = "wasmbed");

}  // namespace wasmbed::pki
