// A module from a file, translated with all the room it asks for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/wasm/engine.hpp"

namespace wasmbed::wasm_tools {

/// Memory for the engine, 8-aligned. Pages that are not touched cost nothing.
class Area {
  public:
    explicit Area(std::size_t bytes)
        : words_(std::make_unique_for_overwrite<std::uint64_t[]>((bytes + 7) / 8)), bytes_((bytes + 7) / 8 * 8) {}
    MutableBytes span() { return {reinterpret_cast<std::uint8_t*>(words_.get()), bytes_}; }

  private:
    std::unique_ptr<std::uint64_t[]> words_;
    std::size_t bytes_;
};

/// The module's bytes, its image, and the module that is made of both.
struct LoadedModule {
    std::vector<std::uint8_t> bytes;
    Area image;
    /// Scratch that sufficed for translating, in bytes.
    std::size_t scratch_bytes;
    wasm::Module module;

    /// Where in the module the instruction lies that a place in the image was made from (wasm::locate).
    std::optional<std::uint32_t> locate(std::uint32_t code_offset) const;
};

/// All of a file. The error names the file and the reason.
Result<std::vector<std::uint8_t>, std::string> read_module_file(const std::filesystem::path& file);

/// Validates and translates.
Result<LoadedModule, wasm::LoadError> load(std::vector<std::uint8_t> bytes);

/// Both. The error names the file and the reason.
Result<LoadedModule, std::string> load_file(const std::filesystem::path& file);

/// "invalid: type mismatch at byte 41 (0x29)".
std::string text_of(const wasm::LoadError& error);

}  // namespace wasmbed::wasm_tools
