#include "tests/spec/totals.hpp"

#include <cstdio>

namespace wasmbed::spec {

namespace {

bool as_pinned(const Counts& counts, const Pinned& pinned) {
    const bool same =
        counts.passed == pinned.passed && counts.failed == pinned.failed && counts.skipped == pinned.skipped;
    if (same && counts.misworded <= pinned.misworded_max && counts.beyond == pinned.beyond) return true;
    std::printf("  DIFFERS from the pinned counts: passed %u, failed %u, skipped %u + %u, in other words at most %u\n",
                pinned.passed, pinned.failed, pinned.skipped, pinned.beyond, pinned.misworded_max);
    return false;
}

}  // namespace

bool Totals::print(std::span<const Pinned> pins, bool compare) const {
    bool good = true;
    for (const Pinned& pinned : pins) {
        const auto found = suites_.find(pinned.suite);
        if (found == suites_.end()) continue;
        const Counts& total = found->second;
        std::printf("%-20s passed %6u  failed %4u  skipped %4u (text modules) + %u (beyond)  in other words %4u\n",
                    pinned.suite, unsigned(total.passed), unsigned(total.failed), unsigned(total.skipped),
                    unsigned(total.beyond), unsigned(total.misworded));
        if (compare && !as_pinned(total, pinned)) good = false;
    }
    return good;
}

void print_report(const std::vector<std::string>& report, bool verbose) {
    for (const std::string& line : report) {
        const bool matters = line.find(": FAILED") != std::string::npos || line.find(": NOT RUN") != std::string::npos;
        if (verbose || matters) std::printf("  %s\n", line.c_str());
    }
}

}  // namespace wasmbed::spec
