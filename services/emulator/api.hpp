// The emulator's HTTPS API (docs/reference/objects.md): console, power, LEDs, sensors, link, events.
#pragma once

#include "host/access/access.hpp"
#include "services/emulator/fleet.hpp"

namespace wasmbed::emulator {

class EmulatorApi {
  public:
    EmulatorApi(BoardFleet& fleet, access::Reviewer& reviewer, std::string firmware_dir)
        : fleet_(fleet), reviewer_(reviewer), firmware_dir_(std::move(firmware_dir)) {}

    /// Answers one request. Everything but GET /readyz needs a user with the right to it.
    Task<net::Response> handle(net::Request request);

  private:
    Task<net::Response> get_boards(net::Request request);
    Task<net::Response> get_metrics(net::Request request);

    BoardFleet& fleet_;
    access::Reviewer& reviewer_;
    std::string firmware_dir_;
};

}  // namespace wasmbed::emulator
