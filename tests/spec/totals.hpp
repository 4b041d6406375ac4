// The counts of a run, suite by suite, and whether they are the pinned ones.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "tests/spec/pinned_counts.hpp"
#include "tests/spec/runner.hpp"

namespace wasmbed::spec {

class Totals {
  public:
    void add(const std::string& suite, const Counts& counts) { suites_[suite] += counts; }
    bool empty() const { return suites_.empty(); }
    /// Prints a line for each suite. False if one of them differs from what is pinned; with `compare` false it does
    /// not matter (a part of the suite was run).
    bool print(std::span<const Pinned> pins, bool compare) const;

  private:
    std::map<std::string, Counts> suites_;
};

/// Prints what a script left in its report: failures, and with `verbose` refusals in other words too.
void print_report(const std::vector<std::string>& report, bool verbose);

}  // namespace wasmbed::spec
