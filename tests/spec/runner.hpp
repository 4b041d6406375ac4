// Runs one script of the official suite on the engine.
#pragma once

#include <string>
#include <vector>

#include "tests/spec/script.hpp"

namespace wasmbed::spec {

struct Counts {
    unsigned passed = 0;
    unsigned failed = 0;
    unsigned skipped = 0;    ///< text modules, which a binary engine cannot read
    unsigned misworded = 0;  ///< refused as it should be, but with other words than the suite's

    Counts& operator+=(const Counts& other) {
        passed += other.passed;
        failed += other.failed;
        skipped += other.skipped;
        misworded += other.misworded;
        return *this;
    }
};

/// Runs all commands; modules are read from `directory`. Each failure adds a line to `report`.
Counts run_script(const std::string& directory, const std::vector<Command>& commands, std::vector<std::string>& report);

}  // namespace wasmbed::spec
