// Modules that tests find in folders.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace wasmbed::wasm::test {

inline std::vector<std::uint8_t> contents(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// All modules in the folder and those below it, in the order of their names.
inline std::vector<std::filesystem::path> modules_in(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.path().extension() == ".wasm") paths.push_back(entry.path());
    std::ranges::sort(paths);
    return paths;
}

/// Where the official suite is: WASM_SPEC_DIR, or the folder that the build knows. It may not be there.
inline std::filesystem::path suite_folder(const char* known) {
    const char* given = std::getenv("WASM_SPEC_DIR");
    return given != nullptr ? given : known;
}

}  // namespace wasmbed::wasm::test
