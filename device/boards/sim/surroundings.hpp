// The world around a simulated board, as its emulator says it: what sensors measure, the link, how fast time goes.
#pragma once

#include <csignal>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace wasmbed::sim {

/// A text file, read at the start and whenever the process gets SIGURG, which would otherwise do nothing. A line is one
/// of: `sensor NAME THOUSANDTHS`, `link cut`, `delay MILLISECONDS` (of what is received), `clock RATE` (simulated
/// seconds per real one, 1 to 1000). What is not said is as usual: 0, plugged in, 0, 1. Other lines are ignored.
class Surroundings {
  public:
    /// Takes SIGURG for the whole process, which it stays blocked for but in `mask`; one object per process. An empty
    /// path: everything stays usual.
    explicit Surroundings(std::string path);

    /// Reads the file when the signal came since the last call. Returns whether it did.
    bool refresh();
    /// With this mask a wait ends when the signal comes.
    const sigset_t& mask() const { return waiting_mask_; }

    std::int32_t sensor(std::string_view name) const;
    bool link_cut() const { return link_cut_; }
    std::uint32_t delay_ms() const { return delay_ms_; }
    std::uint32_t clock_rate() const { return clock_rate_; }

  private:
    void read();

    std::string path_;
    sigset_t waiting_mask_;
    std::map<std::string, std::int32_t, std::less<>> sensors_;
    bool link_cut_ = false;
    std::uint32_t delay_ms_ = 0;
    std::uint32_t clock_rate_ = 1;
};

}  // namespace wasmbed::sim
