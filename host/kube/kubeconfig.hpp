// Where the API server is and who we are to it.
#pragma once

#include <string>

#include "core/base/result.hpp"
#include "host/net/tls.hpp"

namespace wasmbed::kube {

struct Kubeconfig {
    std::string server;  ///< "https://127.0.0.1:6443"
    net::ClientTls tls;
    std::string token;                          ///< bearer token, or empty
    std::string default_namespace = "default";  ///< of the context
    std::string user = "user";                  ///< what the file calls its user; of no meaning to the server
};

/// Reads a kubeconfig file: `context`, or its current-context. Certificates and keys inline (`-data`) or by path
/// (relative ones to the file), `token`, `tokenFile`, `tls-server-name`, `insecure-skip-tls-verify`. The error says
/// what is missing and where. `exec` and auth providers are refused by name.
Result<Kubeconfig, std::string> load_kubeconfig(const std::string& path, const std::string& context = {});

/// As `load_kubeconfig` for a text; relative paths are taken from `directory`.
Result<Kubeconfig, std::string> parse_kubeconfig(const std::string& text, const std::string& directory,
                                                 const std::string& context = {});

/// A kubeconfig with everything inline, for writing to a file (mode 0600: it holds a key or a token).
std::string make_kubeconfig(const Kubeconfig& config);

/// The credentials that Kubernetes mounts into a Pod: KUBERNETES_SERVICE_HOST and the ServiceAccount's files.
Result<Kubeconfig, std::string> in_cluster_config();

}  // namespace wasmbed::kube
