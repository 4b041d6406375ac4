// Objects that the tests of this folder share.
#pragma once

#include <string>

#include "host/base/json.hpp"

namespace wasmbed::apiserver {

/// A Device with nothing but what the schema asks for.
inline json::value device(const std::string& name) {
    return json::object{{"metadata", {{"name", name}}}, {"spec", {{"board", "mps2-an385"}}}};
}

}  // namespace wasmbed::apiserver
