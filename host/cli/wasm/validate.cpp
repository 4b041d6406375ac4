#include <ostream>

#include "host/cli/wasm/loaded_module.hpp"
#include "host/cli/wasm/tools.hpp"

namespace wasmbed::wasm_tools {

int validate(const std::filesystem::path& file, std::ostream& out, std::ostream& err) {
    if (const auto loaded = load_file(file); !loaded) {
        err << "error: " << loaded.error() << std::endl;
        return 1;
    }
    out << "ok" << std::endl;
    return 0;
}

}  // namespace wasmbed::wasm_tools
