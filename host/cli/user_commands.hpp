// `wasmbed user ...`: bearer tokens of people at the embedded API server.
#pragma once

#include <string>

#include "host/cli/context.hpp"

namespace wasmbed::cli {

struct NewUser {
    std::string name;
    std::string role = "viewer";  ///< "admin", "editor" or "viewer"
    int days = 0;                 ///< how long the token counts; 0: until it is revoked
};

/// Makes a token for a user and prints it: the server keeps its hash only, so it is never shown again.
Task<int> create_user(Context& context, NewUser user);

/// The tokens there are, with user, role and end; one line each.
Task<int> list_users(Context& context);

/// Deletes all tokens of a user, or the one token with that name. They count no longer from the answer on.
Task<int> revoke_user(Context& context, std::string name);

}  // namespace wasmbed::cli
