// Runs a WebSocketBody over an accepted connection. Private to host/net.
#pragma once

#include "host/net/http_server.hpp"
#include "host/net/net_stream.hpp"
#include "host/net/websocket.hpp"

namespace wasmbed::net {

/// True when the request asks for a WebSocket (RFC 6455 section 4.2.1).
bool asks_for_websocket(const Request& request);

/// Answers the handshake of `request` and runs `body` until it returns. The connection is then of no further use.
Task<> run_websocket(NetStream& stream, const Request& request, WebSocketBody& body);

}  // namespace wasmbed::net
