// The test scripts of the official suite as wast2json writes them.
#pragma once

#include <string>
#include <vector>

#include "tests/spec/command.hpp"

namespace wasmbed::spec {

/// Reads DIRECTORY/NAME.json and the modules it names, where NAME is the directory's own. Throws std::runtime_error
/// with the reason if it cannot.
std::vector<Command> read_script(const std::string& directory);

}  // namespace wasmbed::spec
