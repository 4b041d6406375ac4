// wasm_spec DIR [-v] [FILE...]: runs the official test suite (DIR/<suite>/<file>/<file>.json) and compares with the
// pinned counts.
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <map>
#include <set>

#include "tests/spec/pinned_counts.hpp"
#include "tests/spec/runner.hpp"

namespace {

using namespace wasmbed::spec;
namespace fs = std::filesystem;

/// Exit status that CTest counts as "skipped", not as passed (SKIP_RETURN_CODE).
constexpr int kSkipped = 77;

int run(const fs::path& root, bool verbose, const std::set<std::string>& only) {
    if (!fs::is_directory(root)) {
        std::printf("SPEC SUITE NOT FOUND: %s is not a folder. Nothing was tested. Set WASM_SPEC_DIR.\n", root.c_str());
        return kSkipped;
    }
    bool good = true;
    std::size_t suites = 0;
    for (const Pinned& pinned : kPinned) {
        Counts total;
        std::set<std::string> files;
        if (!fs::is_directory(root / pinned.suite)) continue;
        ++suites;
        for (const auto& entry : fs::directory_iterator(root / pinned.suite))
            files.insert(entry.path().filename().string());
        for (const std::string& file : files) {
            if (!only.empty() && !only.contains(file)) continue;
            std::vector<std::string> report;
            const fs::path folder = root / pinned.suite / file;
            total += run_script(folder.string(), read_script((folder / (file + ".json")).string()), report);
            for (const std::string& line : report) {
                if (verbose || line.find("FAILED") != std::string::npos) std::printf("  %s\n", line.c_str());
            }
        }
        std::printf("%-20s passed %6u  failed %4u  skipped (text modules) %4u  refused in other words %4u\n",
                    pinned.suite, total.passed, total.failed, total.skipped, total.misworded);
        if (!only.empty()) continue;
        if (total.passed != pinned.passed || total.failed != pinned.failed || total.skipped != pinned.skipped ||
            total.misworded > pinned.misworded_max) {
            std::printf(
                "  DIFFERS from the pinned counts: passed %u, failed 0, skipped %u, in other words at most %u\n",
                pinned.passed, pinned.skipped, pinned.misworded_max);
            good = false;
        }
    }
    if (suites == 0) {
        std::printf("SPEC SUITE NOT FOUND: no suite in %s. Nothing was tested. Set WASM_SPEC_DIR.\n", root.c_str());
        return kSkipped;
    }
    return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::puts("usage: wasm_spec DIR [-v] [FILE...]");
        return 2;
    }
    bool verbose = false;
    std::set<std::string> only;
    for (int i = 2; i < argc; ++i) {
        if (std::strcmp(argv[i], "-v") == 0) {
            verbose = true;
        } else {
            only.insert(argv[i]);
        }
    }
    try {
        return run(argv[1], verbose, only);
    } catch (const std::exception& error) {
        std::printf("cannot run the suite: %s\n", error.what());
        return 2;
    }
}
