// Who is asking, and what they may do.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "host/net/http_server.hpp"
#include "services/apiserver/write_log.hpp"

namespace wasmbed::apiserver {

struct User {
    std::string name;
    std::vector<std::string> groups;
    std::string uid = {};
};

/// Names of the CAs whose clients are users; also the names under which TLS reports them.
inline constexpr char kUserCa[] = "user-ca";
inline constexpr char kServiceCa[] = "service-ca";

/// Client certificates (CN is the user, each O a group) and bearer tokens.
class Authenticator {
  public:
    explicit Authenticator(std::vector<TokenRow> tokens);

    /// None when the request shows neither, or a wrong one. A token counts before a certificate.
    std::optional<User> authenticate(const net::Request& request) const;
    /// Whose token that is; none when it is unknown or expired.
    std::optional<User> user_of_token(const std::string& token) const;

  private:
    std::unordered_map<std::string, TokenRow> tokens_;  // by SHA-256 of the token
};

/// What a request wants, in the words of Kubernetes' SubjectAccessReview.
struct Attributes {
    std::string verb;
    std::string group;
    std::string resource;
    std::string subresource = {};
    std::string ns = {};
    std::string name = {};
};

/// The table of roles: by group, with least rights. system:masters and wasmbed:admins may do everything.
bool allowed(const User& user, const Attributes& wanted);

/// "devices.wasmbed.io is forbidden: User "x" cannot list resource ...", as Kubernetes words it.
std::string forbidden_text(const User& user, const Attributes& wanted);

}  // namespace wasmbed::apiserver
