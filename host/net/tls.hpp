// TLS settings of servers and clients; certificates and keys as PEM texts.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace wasmbed::net {

/// A CA whose clients a server accepts, under the name by which a handler learns which one it was.
struct ClientCa {
    std::string name;  ///< for instance "user-ca"
    std::string pem;   ///< one or more certificates
};

/// TLS 1.2 and 1.3, forward-secret AEAD suites only.
struct ServerTls {
    std::string certificate_pem;  ///< chain, leaf first
    std::string key_pem;
    std::vector<ClientCa> client_cas;  ///< empty: no client certificate is asked for
    /// A client without certificate is let in all the same, and must show a token; one with a bad certificate never is.
    bool client_certificate_required = false;
};

struct ClientTls {
    std::string ca_pem{};           ///< whom to trust; empty: the system's store
    std::string certificate_pem{};  ///< optional client certificate
    std::string key_pem{};
    std::string server_name{};  ///< checked instead of the URL's host when set
    bool insecure = false;      ///< no check of the server at all: only on the user's explicit demand
};

/// The content of a file, or an error that names the path and the cause. Files over 16 MiB are refused.
Result<std::string, std::string> read_file(const std::string& path);

}  // namespace wasmbed::net
