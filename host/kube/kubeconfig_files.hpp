// The kubeconfig files of one machine: people's, and one for each role.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "host/kube/kubeconfig.hpp"
#include "host/pki/directory.hpp"

namespace wasmbed::kube {

/// Writes `admin_path` (for people) and DIR/pki/<role>.kubeconfig for each of `roles` ("controller", "gateway-default",
/// ...), mode 0600, with the certificates of `pki` inline, so that a file can be copied to another machine. Files that
/// are right already are left alone. Blocks on the disk. The error names the file and the reason.
Result<void, std::string> write_kubeconfigs(const pki::PkiDirectory& pki, const std::string& server,
                                            const std::filesystem::path& admin_path,
                                            const std::vector<std::string>& roles,
                                            const std::string& roles_namespace = "wasmbed");

}  // namespace wasmbed::kube
