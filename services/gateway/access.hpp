// Who may read what over the HTTPS API: asked of the API server, remembered for some seconds.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "host/kube/client.hpp"
#include "host/net/http_server.hpp"

namespace wasmbed::gateway {

struct User {
    std::string name;
    std::vector<std::string> groups;
};

/// What the request needs, as RBAC names it: `verb` on `devices/<subresource>`.
struct AccessRequest {
    std::string verb;
    std::string subresource;
    std::string ns;
    std::string name;  ///< empty: all devices of the namespace
};

/// An answer other than yes: the HTTP status (401, 403, 503) and a sentence.
struct AccessDenied {
    int status = 403;
    std::string message;
};

/// Authentication by client certificate or TokenReview, authorization by SubjectAccessReview.
class Access {
  public:
    explicit Access(kube::Client& client) : client_(client) {}

    /// Lets the request pass or says why not.
    Task<Result<User, AccessDenied>> check(net::Peer peer, std::optional<std::string> token, AccessRequest wanted);

  private:
    struct Decision {
        SteadyClock::time_point until;
        bool allowed = false;
    };
    struct Login {
        SteadyClock::time_point until;
        std::optional<User> user;
    };

    Task<Result<User, AccessDenied>> authenticate(net::Peer peer, std::optional<std::string> token);
    Task<Result<bool, AccessDenied>> authorize(User user, AccessRequest wanted);

    kube::Client& client_;
    std::map<std::string, Login> logins_;        ///< by SHA-256 of the token
    std::map<std::string, Decision> decisions_;  ///< by user and what was asked
};

}  // namespace wasmbed::gateway
