// `wasmbed app build`: C to WebAssembly with the SDK's flags.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

namespace wasmbed::cli {

struct AppBuildOptions {
    std::filesystem::path source;   ///< one .c or .cpp file
    std::filesystem::path output;   ///< empty: the source's name with .wasm, in the working directory
    std::filesystem::path sdk_dir;  ///< folder of wasmbed.h and crt.c
    bool wasi = false;              ///< against wasi-libc instead of without a C library
};

/// Runs clang and says what it made. 0, or 1 with the reason on `err`, the compiler's own words included.
int app_build(const AppBuildOptions& options, std::ostream& out, std::ostream& err);

}  // namespace wasmbed::cli
