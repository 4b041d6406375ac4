// What the engine says of each module that the suite wants refused, for offsets_test.py.
#pragma once

#include <string>

#include "tests/spec/runner.hpp"

namespace wasmbed::spec {

/// Prints a line for each binary module of a script that is to be malformed or invalid: suite, script, line in it,
/// file, kind of the error, offset, and the rule. False if one of them was loaded.
bool print_refusals(const Workshop& workshop, const std::string& suite, const std::string& script,
                    const std::vector<Command>& commands);

}  // namespace wasmbed::spec
