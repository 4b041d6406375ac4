// A running QEMU as hardware: its reset button, LEDs, sensors and cable.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "host/board/device_tree.hpp"
#include "services/emulator/qmp.hpp"
#include "services/emulator/surroundings.hpp"

namespace wasmbed::emulator {

/// QEMU's options for the sensors that a tree lists: `-device tmp105,id=temperature,address=0x48`. A part that QEMU has
/// no model of is left out, so that the board finds nothing at its address.
std::vector<std::string> sensor_options(const board::DeviceTree& tree);

/// The sensor of that name; the error says which there are.
Result<const board::Sensor*, std::string> find_sensor(const board::DeviceTree& tree, const std::string& name);

/// One run of one machine. On the event loop's thread. Errors are lines for people.
class Machine {
  public:
    /// `surroundings` is borrowed; `networked`: its link is a network, which QEMU has; `on_event` gets what QEMU tells
    /// by itself.
    Machine(IoContext& io, board::DeviceTree tree, Surroundings& surroundings, bool networked,
            std::function<void(const json::value&)> on_event);

    /// Serves the machine whose monitor listens on `socket`, until it ends or this is cancelled: spawn it once. Makes
    /// its surroundings what they are, at first and after each reset.
    Task<> run(std::filesystem::path socket);

    Task<Result<void, std::string>> reset(OpContext context);
    /// LEDs by number, as the register has them.
    Task<Result<std::map<unsigned, bool>, std::string>> read_leds(OpContext context);
    /// What the sensors measure, by name, in their units.
    Task<Result<std::map<std::string, double>, std::string>> read_sensors(OpContext context);
    /// Makes the sensor `name` measure `value` from now on.
    Task<Result<void, std::string>> set_sensor(std::string name, double value, OpContext context);
    /// Cable and delay, as `surroundings` has them now.
    Task<Result<void, std::string>> apply_link(OpContext context);

  private:
    Task<> settle();
    Task<> apply_surroundings();

    board::DeviceTree tree_;
    Surroundings& surroundings_;
    bool networked_;
    std::function<void(const json::value&)> on_event_;
    Notifier unsettled_;
    bool settled_ = false;
    bool delayed_ = false;
    QmpSession session_;
};

}  // namespace wasmbed::emulator
