// `wasmbed wasm shrink`.
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <ostream>

#include "host/cli/wasm/loaded_module.hpp"
#include "host/cli/wasm/shrunk_module.hpp"
#include "host/cli/wasm/tools.hpp"

namespace wasmbed::wasm_tools {

int shrink(const std::filesystem::path& file, const std::filesystem::path& to, std::ostream& out, std::ostream& err) {
    const auto refuse = [&](const std::string& why) {
        err << "error: " << why << std::endl;
        return 1;
    };
    const auto loaded = load_file(file);
    if (!loaded) return refuse(loaded.error());
    const auto shrunk = shrink(*loaded);
    if (!shrunk) return refuse(file.string() + ": not shrunk: " + shrunk.error());
    if (const auto valid = load(shrunk->bytes); !valid)
        return refuse(file.string() + ": not shrunk: the result would be " + text_of(valid.error()));
    std::ofstream stream(to, std::ios::binary | std::ios::trunc);
    stream.write(reinterpret_cast<const char*>(shrunk->bytes.data()),
                 static_cast<std::streamsize>(shrunk->bytes.size()));
    stream.close();
    if (!stream) return refuse(to.string() + ": " + std::strerror(errno));
    out << fmt::format("memory {} -> {} bytes, by {}\n", shrunk->memory_bytes_before, shrunk->memory_bytes,
                       shrunk->known_by)
        << std::flush;
    return 0;
}

}  // namespace wasmbed::wasm_tools
