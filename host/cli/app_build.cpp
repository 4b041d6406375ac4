#include "host/cli/app_build.hpp"

#include <cerrno>
#include <ostream>
#include <vector>

#include "host/process/spawn.hpp"

namespace wasmbed::cli {
namespace {

namespace fs = std::filesystem;

constexpr char kWasiIncludes[] = "/usr/include/wasm32-wasi/stdlib.h";  // Debian's wasi-libc

std::vector<std::string> compile_command(const AppBuildOptions& options, const std::string& compiler) {
    std::vector<std::string> argv{compiler, options.wasi ? "--target=wasm32-wasi" : "--target=wasm32", "-Oz", "-Wall"};
    argv.insert(argv.end(), {"-I", options.sdk_dir.string(), options.source.string()});
    // sdk/README.md: the flags that the build of the examples uses too.
    if (!options.wasi) argv.insert(argv.end(), {"-nostdlib", (options.sdk_dir / "crt.c").string()});
    argv.insert(argv.end(),
                {options.wasi ? "-Wl,--strip-all,-z,stack-size=4096" : "-Wl,--strip-all,-z,stack-size=1024"});
    argv.insert(argv.end(), {"-o", options.output.string()});
    return argv;
}

int refuse(std::ostream& err, const std::string& why) {
    err << "error: " << why << std::endl;
    return 1;
}

}  // namespace

int app_build(const AppBuildOptions& given, std::ostream& out, std::ostream& err) {
    AppBuildOptions options = given;
    if (options.output.empty()) options.output = options.source.filename().replace_extension(".wasm");
    if (!fs::is_regular_file(options.source)) return refuse(err, "there is no source file " + options.source.string());
    if (!fs::exists(options.sdk_dir / "wasmbed.h"))
        return refuse(err, "the SDK is not in " + options.sdk_dir.string() + "; give its folder with --sdk");
    if (options.wasi && !fs::exists(kWasiIncludes))
        return refuse(err,
                      "wasi-libc is not installed; on Debian: apt-get install wasi-libc libclang-rt-19-dev-wasm32");
    const std::string compiler = options.source.extension() == ".c" ? "clang-19" : "clang++-19";
    auto child = spawn({.argv = compile_command(options, compiler), .stdout_fd = 1, .stderr_fd = 2});
    if (!child) {
        const bool missing = child.error().code == ENOENT;
        return refuse(err, child.error().text() + (missing ? "; on Debian: apt-get install clang-19 lld-19" : ""));
    }
    ExitStatus status;
    child->wait(-1, &status);
    if (!status.success()) return refuse(err, compiler + " ended with " + status.text() + "; nothing was made");
    out << options.output.string() << ": " << fs::file_size(options.output) << " bytes" << std::endl;
    return 0;
}

}  // namespace wasmbed::cli
