// `wasmbed get` and `wasmbed describe`.
#pragma once

#include <string>
#include <vector>

#include "host/cli/context.hpp"

namespace wasmbed::cli {

struct GetOptions {
    std::vector<std::string> words = {};  ///< KIND [NAME...] or KIND/NAME
    std::string output = {};              ///< "", "wide", "name", "yaml", "json"
    std::string selector = {};            ///< label selector
    bool all_namespaces = false;
    bool watch = false;
    bool no_headers = false;
};

/// Prints objects as kubectl 1.20 does. With `watch` it goes on until cancelled, or the server ends for good.
Task<int> get(Context& context, GetOptions options);

/// Prints each named object (or all of the kind) in full, and its events.
Task<int> describe(Context& context, std::vector<std::string> words);

}  // namespace wasmbed::cli
