#include <ostream>

#include "host/cli/wasm/loaded_module.hpp"
#include "host/cli/wasm/tools.hpp"

namespace wasmbed::wasm_tools {

int validate(const std::filesystem::path& file, std::ostream& out, std::ostream& err) {
    auto bytes = read_module_file(file);
    if (!bytes) {
        err << "error: " << bytes.error() << std::endl;
        return 1;
    }
    const auto loaded = load(std::move(*bytes));
    if (!loaded) {
        err << "error: " << file.string() << ": " << text_of(loaded.error()) << std::endl;
        return 1;
    }
    out << "ok" << std::endl;
    return 0;
}

}  // namespace wasmbed::wasm_tools
