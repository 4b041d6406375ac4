// What POSIX does not say: one file per operating system defines it (linux.cpp).
#pragma once

#include <string>

namespace wasmbed::sim {

/// Path of the running program, to start it again; empty when the system does not tell.
std::string own_program();

}  // namespace wasmbed::sim
