#include "host/cli/wasm/loaded_module.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <iterator>

namespace wasmbed::wasm_tools {
namespace {

// Scratch that one module gets at most; nesting that needs more is refused.
constexpr std::size_t kScratchBytesMax = std::size_t{1} << 28;

const char* word_for(wasm::LoadErrorKind kind) {
    switch (kind) {
        case wasm::LoadErrorKind::kMalformed:
            return "malformed";
        case wasm::LoadErrorKind::kInvalid:
            return "invalid";
        case wasm::LoadErrorKind::kLimit:
            return "beyond the engine's limits";
        case wasm::LoadErrorKind::kNoSpace:
            return "no room";
    }
    return "refused";
}

}  // namespace

std::optional<std::uint32_t> LoadedModule::locate(std::uint32_t code_offset) const {
    Area work(module.image().size() + 8 + scratch_bytes);
    return wasm::locate(module, code_offset, work.span());
}

Result<std::vector<std::uint8_t>, std::string> read_module_file(const std::filesystem::path& file) {
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
        return fail(file.string() + ": not a file; give one .wasm file");
    std::ifstream in(file, std::ios::binary);
    if (!in) return fail(file.string() + ": " + std::strerror(errno));
    std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(in), {}};
    if (in.bad()) return fail(file.string() + ": cannot be read");
    return bytes;
}

Result<LoadedModule, wasm::LoadError> load(std::vector<std::uint8_t> bytes) {
    const auto needs = wasm::measure(bytes);
    // Section headers of a broken module can ask for anything; no section makes more than 32 bytes of one.
    const std::size_t bound = 32 * bytes.size() + 4096;
    const std::size_t image_bytes = needs ? std::min<std::size_t>(needs->image_bytes, bound) : bound;
    std::size_t scratch_bytes = needs ? std::min<std::size_t>(needs->scratch_bytes, bound + 65536) : bound;
    Area image(image_bytes);
    while (true) {
        Area scratch(scratch_bytes);
        const auto module = wasm::translate(bytes, image.span(), scratch.span());
        // `measure` allows for ordinary nesting; deeper code gets more.
        if (!module && module.error().kind() == wasm::LoadErrorKind::kNoSpace && scratch_bytes < kScratchBytesMax) {
            scratch_bytes *= 4;
            continue;
        }
        if (!module) return fail(module.error());
        return LoadedModule{std::move(bytes), std::move(image), scratch_bytes, *module};
    }
}

Result<LoadedModule, std::string> load_file(const std::filesystem::path& file) {
    auto bytes = read_module_file(file);
    if (!bytes) return fail(bytes.error());
    auto loaded = load(std::move(*bytes));
    if (!loaded) return fail(file.string() + ": " + text_of(loaded.error()));
    return std::move(*loaded);
}

std::string text_of(const wasm::LoadError& error) {
    std::string text = fmt::format("{}: {}", word_for(error.kind()), wasm::text_of(error.rule));
    if (error.index != wasm::LoadError::kNoIndex) text += fmt::format(" {}", error.index);
    return text + fmt::format(" at byte {} (0x{:x})", error.offset, error.offset);
}

}  // namespace wasmbed::wasm_tools
