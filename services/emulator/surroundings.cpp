#include "services/emulator/surroundings.hpp"

#include <cmath>
#include <fmt/format.h>
#include <fstream>

namespace wasmbed::emulator {
namespace {

constexpr int kFastClockRate = 100;

}  // namespace

std::string surroundings_text(const Surroundings& surroundings) {
    std::string text;
    for (const auto& [name, value] : surroundings.sensors)
        text += fmt::format("sensor {} {}\n", name, std::llround(value * 1000));
    if (!surroundings.cable_plugged) text += "link cut\n";
    if (surroundings.delay.count() > 0) text += fmt::format("delay {}\n", surroundings.delay.count());
    if (surroundings.fast_clock) text += fmt::format("clock {}\n", kFastClockRate);
    return text;
}

Result<void, std::string> write_surroundings(const std::filesystem::path& file, const Surroundings& surroundings) {
    const std::filesystem::path made = file.string() + ".new";
    {
        std::ofstream out(made, std::ios::trunc);
        out << surroundings_text(surroundings);
        out.flush();
        if (!out) return fail("cannot write " + made.string());
    }
    std::error_code error;
    std::filesystem::rename(made, file, error);
    if (error) return fail("cannot write " + file.string() + ": " + error.message());
    return {};
}

}  // namespace wasmbed::emulator
