// The official test suite on a microcontroller in QEMU: reads suite.pack from the folder QEMU runs in, by semihosting,
// prints the counts and ends QEMU with 0 if they are those pinned for boards.
#include <cstdio>

#include "tests/spec/pack.hpp"
#include "tests/spec/totals.hpp"

namespace {

using namespace wasmbed::spec;

/// Runs the script of `pack` that was announced; what follows it.
PackReader::Item run_script(PackReader& pack, Workshop& workshop, Totals& totals) {
    std::vector<std::string> report;
    const std::string suite = pack.suite;
    Runner runner(workshop, pack.name, features_of(suite), report);
    PackReader::Item item = pack.next();
    for (; item == PackReader::Item::kCommand; item = pack.next()) runner.run(pack.command);
    totals.add(suite, runner.counts());
    print_report(report, false);
    return item;
}

}  // namespace

int main() {
    std::FILE* file = std::fopen("suite.pack", "rb");
    if (file == nullptr) {
        std::puts("cannot open suite.pack");
        return 2;
    }
    PackReader pack(file);
    Workshop workshop;
    Totals totals;
    PackReader::Item item = pack.next();
    while (item == PackReader::Item::kScript) item = run_script(pack, workshop, totals);
    if (item != PackReader::Item::kEnd || totals.empty()) {
        std::puts("suite.pack is damaged");
        return 2;
    }
    return totals.print(kPinnedOnBoards, true) ? 0 : 1;
}
