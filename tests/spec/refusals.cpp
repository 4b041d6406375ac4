#include "tests/spec/refusals.hpp"

#include <cstdio>

#include "tests/spec/input.hpp"
#include "tests/spec/pinned_counts.hpp"

namespace wasmbed::spec {

using namespace wasmbed::wasm;

bool print_refusals(const Workshop& workshop, const std::string& suite, const std::string& script,
                    const std::vector<Command>& commands) {
    bool all = true;
    for (const Command& command : commands) {
        const bool malformed = command.type == "assert_malformed";
        if (command.text_module || (!malformed && command.type != "assert_invalid")) continue;
        std::printf("%s %s %u %s %s ", suite.c_str(), script.c_str(), command.line, command.filename.c_str(),
                    malformed ? "malformed" : "invalid");
        Input input{Bytes(command.wasm)};
        const auto module = translate(input, workshop.image(), workshop.scratch(), features_of(suite));
        if (module) {
            std::puts("- loaded");
            all = false;
        } else {
            std::printf("%u %s\n", module.error().offset, text_of(module.error().rule));
        }
    }
    return all;
}

}  // namespace wasmbed::spec
