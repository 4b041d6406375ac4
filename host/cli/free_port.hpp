// A TCP port for a server that starts later.
#pragma once

#include <string>

#include "core/base/result.hpp"

namespace wasmbed::cli {

/// A port of 127.0.0.1 that nobody has, kept for a minute from everyone who asks for any port: it holds a connection
/// in TIME_WAIT, and only who names the port and sets SO_REUSEADDR, as our servers do, can listen there. The error says
/// what the system refused.
Result<int, std::string> reserve_free_port();

}  // namespace wasmbed::cli
