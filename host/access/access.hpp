// Who is asking, and may they: the check in front of the HTTPS APIs of gateway and emulator.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/bytes.hpp"
#include "host/access/kept_answers.hpp"
#include "host/kube/client.hpp"
#include "host/net/http_server.hpp"

namespace wasmbed::access {

/// A user as the API server names one.
struct User {
    std::string name;
    std::vector<std::string> groups;

    auto operator<=>(const User&) const = default;
};

/// What somebody wants to do, in the words of RBAC: `verb` "get" or "create" on `resource`/`subresource` of wasmbed.io.
struct Action {
    std::string verb;
    std::string ns;
    std::string resource = "devices";
    std::string subresource;  ///< "logs", "state", "console", "power"
    std::string name;         ///< empty: all of the namespace

    auto operator<=>(const Action&) const = default;
};

/// The CA of the roles' certificates, as TLS reports it (net::Peer::ca).
inline constexpr char kServiceCa[] = "service-ca";

/// The groups that a client's certificate puts it into. The service CA speaks for the roles only: it must not be able
/// to make an administrator.
std::vector<std::string> certificate_groups(const net::Peer& peer);

/// Asks the API server who a token belongs to (TokenReview) and what a user may do (SubjectAccessReview); certificates
/// were verified by the TLS handshake, and name the user by CN and the groups by O, as Kubernetes has it. A token
/// counts before a certificate.
///
/// Answers are kept for kKept, so that a dashboard which asks every second costs the API server little; a right that is
/// taken away is gone that much later.
class Reviewer {
  public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::seconds kKept{5};
    /// Answers of each kind that are kept at most.
    static constexpr std::size_t kKeptMax = 1024;

    /// `client` needs `create` on tokenreviews and subjectaccessreviews.
    explicit Reviewer(kube::Client& client) : client_(client) {}

    /// None when `request` may do `action`; else the answer to send: 401, 403, or 503 when the API server does not
    /// answer.
    Task<std::optional<net::Response>> refuse(const net::Request& request, Action action);

  private:
    Task<Result<User, net::Response>> identify(const net::Request& request);

    kube::Client& client_;
    /// By SHA-256 of the token; none: the token is not valid.
    KeptAnswers<Digest, std::optional<User>> users_{kKept, kKeptMax};
    KeptAnswers<std::pair<User, Action>, bool> allowed_{kKept, kKeptMax};
};

/// A Kubernetes Status object as response, which is how both APIs report errors.
net::Response status_response(int code, std::string reason, std::string message);

}  // namespace wasmbed::access
