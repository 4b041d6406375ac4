// A command of an official test script, as plain structures.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wasmbed::spec {

/// An argument or an expected result. `bits` has the value; NaN results may be patterns instead.
struct Value {
    enum class Pattern : std::uint8_t { kBits, kCanonicalNan, kArithmeticNan, kAnyReference };
    std::string type;
    std::uint64_t bits = 0;
    Pattern pattern = Pattern::kBits;
};

struct Action {
    bool is_get = false;  ///< reads a global instead of calling
    std::string module;   ///< name given in the script; empty: the last module
    std::string field;
    std::vector<Value> arguments;
};

struct Command {
    std::string type;
    std::uint32_t line = 0;
    std::string filename;
    std::string text;  ///< the expected error's words
    std::string name;  ///< of the module
    std::string as;
    bool text_module = false;  ///< the module is .wat, which a binary engine cannot read
    Action action;
    std::vector<Value> expected;
    std::vector<std::uint8_t> wasm;  ///< the module's bytes; empty with text modules
};

}  // namespace wasmbed::spec
