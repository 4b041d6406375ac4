// Many streams over one WebSocket: browsers allow six HTTP connections to an address, all tabs together.
#pragma once

#include <functional>
#include <memory>

#include "host/net/http_server.hpp"
#include "services/web/sessions.hpp"

namespace wasmbed::web {

/// Answers a GET of `path` on behalf of a session, as if the browser had sent it.
using Fetch = std::function<Task<net::Response>(SessionPtr session, std::string target)>;

inline constexpr std::size_t kStreamsMax = 32;
inline constexpr std::size_t kStreamIdBytesMax = 64;
inline constexpr std::uint16_t kCloseSessionEnded = 4401;

/// The WebSocket of GET /streams (docs/reference/web-api.md): {"open": ID, "path": PATH} and {"close": ID} in, status,
/// parts and end of each answer out. Ends with the session.
std::unique_ptr<net::WebSocketBody> make_streams(IoContext& io, SessionPtr session, Fetch fetch);

}  // namespace wasmbed::web
