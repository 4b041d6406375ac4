// The one-time link that opens the dashboard without typing a token.
#pragma once

#include <chrono>
#include <string>

#include "host/cli/context.hpp"

namespace wasmbed::cli {

/// How long the token behind a link counts; the dashboard's session ends with it.
inline constexpr std::chrono::hours kLoginLifetime{12};

/// "http://127.0.0.1:30470/login?code=...", good once and for ten minutes. Makes a token of kLoginLifetime for the user
/// of `context`, who must be an administrator, and leaves it with `wasmbed web` at `web_url`; earlier tokens of this
/// kind that have expired are removed. The error is a line for people.
Task<Result<std::string, std::string>> make_login_link(Context& context, std::string web_url);

/// Where the dashboard of the data folder is that has this kubeconfig, by `ports.json` beside it; else the default.
std::string dashboard_url(const std::string& kubeconfig_path);

/// `wasmbed dashboard`: prints such a link.
Task<int> dashboard(Context& context, std::string web_url);

}  // namespace wasmbed::cli
