// `wasmbed user ...`: bearer tokens of people at the embedded API server.
#pragma once

#include <optional>
#include <string>

#include "host/base/time.hpp"
#include "host/cli/context.hpp"

namespace wasmbed::cli {

struct NewUser {
    std::string name;
    std::string role = "viewer";  ///< "admin", "editor" or "viewer"
    int days = 0;                 ///< how long the token counts; 0: until it is revoked
};

/// A token, which is known only now: the server keeps its hash.
struct NewToken {
    std::string token;
    std::string object;  ///< name of its UserToken
};

/// Makes a token that counts until `expires`; none: until it is revoked. 404 means an API server without user tokens.
Task<kube::ApiResult<NewToken>> make_token(Context& context, std::string user, std::string role,
                                           std::optional<WallClock::time_point> expires);

/// Deletes the tokens of `user` that have expired.
Task<> remove_expired_tokens(Context& context, std::string user);

/// Makes a token for a user and prints it: the server keeps its hash only, so it is never shown again.
Task<int> create_user(Context& context, NewUser user);

/// The tokens there are, with user, role and end; one line each.
Task<int> list_users(Context& context);

/// Deletes all tokens of a user, or the one token with that name. They count no longer from the answer on.
Task<int> revoke_user(Context& context, std::string name);

}  // namespace wasmbed::cli
