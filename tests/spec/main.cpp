// wasm_spec DIR [-v] [FILE...]: runs the official test suite (DIR/<suite>/<file>/<file>.json) and compares with the
// pinned counts. With --pack OUT it runs nothing and writes the suite into one file, for boards (board_main.cpp); with
// --refusals it says why and where each module is refused that has to be.
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <set>
#include <stdexcept>

#include "tests/spec/pack.hpp"
#include "tests/spec/refusals.hpp"
#include "tests/spec/script.hpp"
#include "tests/spec/totals.hpp"

namespace {

using namespace wasmbed::spec;
namespace fs = std::filesystem;

/// Exit status that CTest counts as "skipped", not as passed (SKIP_RETURN_CODE).
constexpr int kSkipped = 77;

struct Options {
    fs::path root;
    bool verbose = false;
    bool refusals = false;
    const char* pack = nullptr;
    std::set<std::string> only;
};

/// Calls `use` with the suite's name and the folder of each script that is wanted.
template <class Use>
void for_each_script(const Options& options, Use use) {
    for (const Pinned& pinned : kPinned) {
        std::set<fs::path> folders;
        if (!fs::is_directory(options.root / pinned.suite)) continue;
        for (const auto& entry : fs::directory_iterator(options.root / pinned.suite)) folders.insert(entry.path());
        for (const fs::path& folder : folders) {
            if (options.only.empty() || options.only.contains(folder.filename())) use(pinned.suite, folder);
        }
    }
}

int run(const Options& options) {
    Totals totals;
    Workshop workshop;
    for_each_script(options, [&](const char* suite, const fs::path& folder) {
        std::vector<std::string> report;
        Runner runner(workshop, folder.filename(), features_of(suite), report);
        for (const Command& command : read_script(folder)) runner.run(command);
        totals.add(suite, runner.counts());
        print_report(report, options.verbose);
    });
    if (totals.empty()) {
        std::printf("SPEC SUITE NOT FOUND: no script in %s. Nothing was tested. Set WASM_SPEC_DIR.\n",
                    options.root.c_str());
        return kSkipped;
    }
    return totals.print(kPinned, options.only.empty()) ? 0 : 1;
}

int pack(const Options& options) {
    std::FILE* file = std::fopen(options.pack, "wb");
    if (file == nullptr) throw std::runtime_error(std::string("cannot write ") + options.pack);
    PackWriter writer(file);
    bool any = false;
    for_each_script(options, [&](const char* suite, const fs::path& folder) {
        writer.script(suite, folder.filename());
        for (const Command& command : read_script(folder)) writer.command(command);
        any = true;
    });
    const bool written = writer.end();
    std::fclose(file);
    if (!written) throw std::runtime_error(std::string("cannot write ") + options.pack);
    return any ? 0 : kSkipped;
}

int refusals(const Options& options) {
    Workshop workshop;
    bool all = true;
    bool any = false;
    for_each_script(options, [&](const char* suite, const fs::path& folder) {
        all = print_refusals(workshop, suite, folder.filename(), read_script(folder)) && all;
        any = true;
    });
    return !any ? kSkipped : all ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::puts("usage: wasm_spec DIR [-v] [--pack OUT | --refusals] [FILE...]");
        return 2;
    }
    Options options;
    options.root = argv[1];
    for (int i = 2; i < argc; ++i) {
        if (std::strcmp(argv[i], "-v") == 0) {
            options.verbose = true;
        } else if (std::strcmp(argv[i], "--pack") == 0 && i + 1 < argc) {
            options.pack = argv[++i];
        } else if (std::strcmp(argv[i], "--refusals") == 0) {
            options.refusals = true;
        } else {
            options.only.insert(argv[i]);
        }
    }
    try {
        if (options.refusals) return refusals(options);
        return options.pack == nullptr ? run(options) : pack(options);
    } catch (const std::exception& error) {
        std::printf("cannot run the suite: %s\n", error.what());
        return 2;
    }
}
