// The emulator's HTTPS API (docs/reference/objects.md): console, power, LEDs, events.
#pragma once

#include "host/access/access.hpp"
#include "services/emulator/fleet.hpp"

namespace wasmbed::emulator {

class EmulatorApi {
  public:
    EmulatorApi(BoardFleet& fleet, access::Reviewer& reviewer) : fleet_(fleet), reviewer_(reviewer) {}

    /// Answers one request. Everything but GET /readyz needs a user with the right to it.
    Task<net::Response> handle(net::Request request);

  private:
    BoardFleet& fleet_;
    access::Reviewer& reviewer_;
};

}  // namespace wasmbed::emulator
