// The wall clock, which certificates are judged by, is somebody else's: what is wrong with it is said.
#pragma once

#include <iosfwd>

#include "core/base/result.hpp"
#include "host/base/task.hpp"
#include "host/pki/directory.hpp"

namespace wasmbed::cli {

/// Whether the roots of `pki` are valid at `now`; the error says which is not, and that the clock may be wrong.
Result<void, std::string> check_clock(const pki::PkiDirectory& pki, pki::SystemTime now);

/// Prints a line whenever the wall clock was set by more than ten seconds; looks every five. Until cancelled.
Task<> watch_clock(std::ostream& err);

}  // namespace wasmbed::cli
