// Who is asking, and what they may do.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "host/base/time.hpp"
#include "host/net/http_server.hpp"
#include "services/apiserver/object_store.hpp"

namespace wasmbed::apiserver {

struct User {
    std::string name;
    std::vector<std::string> groups;
    std::string uid = {};
};

/// Name of the CA of people's certificates, under which TLS reports it; the roles' is access::kServiceCa.
inline constexpr char kUserCa[] = "user-ca";

/// Client certificates (CN is the user, each O a group) and bearer tokens.
class Authenticator {
  public:
    explicit Authenticator(ObjectStore& store);

    /// Keeps up with the UserTokens in the store. Runs until cancelled.
    Task<> follow_tokens();

    /// None when the request shows neither, or a wrong one. A token counts before a certificate.
    std::optional<User> authenticate(const net::Request& request) const;
    /// Whose token that is; none when it is unknown or expired.
    std::optional<User> user_of_token(const std::string& token) const;

  private:
    struct Token {
        User user;
        WallClock::time_point expires;  // max: never
    };
    void read_tokens();

    ObjectStore& store_;
    const Kind& kind_;
    std::unordered_map<std::string, Token> tokens_;  // by SHA-256 of the token, lower-case hex
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

/// What the user may do, as SelfSubjectRulesReview lists it.
struct Grant {
    std::vector<std::string> groups;
    std::vector<std::string> resources;
    std::vector<std::string> verbs;
};
std::vector<Grant> grants_of(const User& user);

/// "devices.wasmbed.io is forbidden: User "x" cannot list resource ...", as Kubernetes words it.
std::string forbidden_text(const User& user, const Attributes& wanted);

}  // namespace wasmbed::apiserver
