// Asio TLS contexts from our settings. Private to host/net: includes Asio's SSL headers.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "host/net/http_server.hpp"
#include "host/net/tls.hpp"

namespace wasmbed::net {

struct X509Free {
    void operator()(X509* certificate) const { X509_free(certificate); }
};
using X509Ptr = std::unique_ptr<X509, X509Free>;

/// A server's context, and its client CAs for telling afterwards which one verified a peer.
struct ServerContext {
    boost::asio::ssl::context context;
    std::vector<std::pair<std::string, X509Ptr>> client_cas;
};

Result<std::unique_ptr<ServerContext>, std::string> make_server_context(const ServerTls& tls);
Result<std::unique_ptr<boost::asio::ssl::context>, std::string> make_client_context(const ClientTls& tls);

/// Fills in the certificate's part of `peer` after a handshake.
void describe_peer(const ServerContext& server, SSL* ssl, Peer& peer);

}  // namespace wasmbed::net
