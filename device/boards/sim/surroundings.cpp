#include "device/boards/sim/surroundings.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace wasmbed::sim {
namespace {

constexpr std::uint32_t kClockRateMax = 1000;

volatile std::sig_atomic_t g_changed = 0;

void note_change(int) {
    g_changed = 1;
}

}  // namespace

Surroundings::Surroundings(std::string path) : path_(std::move(path)) {
    sigset_t urgent;
    ::sigemptyset(&urgent);
    ::sigaddset(&urgent, SIGURG);
    (void)::sigprocmask(SIG_BLOCK, &urgent, &waiting_mask_);
    ::sigdelset(&waiting_mask_, SIGURG);
    struct sigaction action{};
    action.sa_handler = note_change;
    (void)::sigaction(SIGURG, &action, nullptr);
    read();
}

bool Surroundings::refresh() {
    if (g_changed == 0) return false;
    g_changed = 0;
    read();
    return true;
}

void Surroundings::read() {
    sensors_.clear();
    link_cut_ = false;
    delay_ms_ = 0;
    clock_rate_ = 1;
    std::ifstream file(path_);
    for (std::string text; std::getline(file, text);) {
        std::istringstream line(text);
        std::string what, name;
        line >> what;
        if (what == "sensor") {
            std::int32_t milli = 0;
            if (line >> name >> milli) sensors_[name] = milli;
        } else if (what == "link") {
            link_cut_ = line >> name && name == "cut";
        } else if (what == "delay") {
            line >> delay_ms_;
        } else if (what == "clock") {
            line >> clock_rate_;
            clock_rate_ = std::clamp<std::uint32_t>(clock_rate_, 1, kClockRateMax);
        }
    }
}

std::int32_t Surroundings::sensor(std::string_view name) const {
    const auto found = sensors_.find(name);
    return found == sensors_.end() ? 0 : found->second;
}

}  // namespace wasmbed::sim
