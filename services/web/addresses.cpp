#include "services/web/addresses.hpp"

namespace wasmbed::web {
namespace {

/// The API that a console's URL belongs to.
std::string base_of(std::string_view console) {
    return std::string(console.substr(0, console.find("/v1/")));
}

std::string quoted(std::string_view ns, std::string_view name) {
    return "\"" + std::string(ns) + "/" + std::string(name) + "\"";
}

}  // namespace

void Addresses::start(TaskGroup& tasks) {
    tasks.spawn("devices", devices_.run());
    tasks.spawn("gateways", gateways_.run());
}

Result<std::string, std::string> Addresses::gateway(std::string_view ns, std::string_view name) const {
    const auto object = gateways_.get(ns, name);
    if (!object) return fail("there is no Gateway " + quoted(ns, name));
    const std::string api(json_string(*object, {"status", "api"}));
    if (api.empty()) return fail("Gateway " + quoted(ns, name) + " does not say where its API is (status.api)");
    return api;
}

Result<std::string, std::string> Addresses::emulator_of(std::string_view ns, std::string_view device) const {
    const auto object = devices_.get(ns, device);
    if (!object) return fail("there is no Device " + quoted(ns, device));
    const auto console = json_string(*object, {"status", "emulation", "console"});
    if (!console.empty()) return base_of(console);
    if (json_bool(*object, {"spec", "emulation", "enabled"}))
        return fail("no emulator has taken Device " + quoted(ns, device) + " yet");
    return fail("Device " + quoted(ns, device) + " is not emulated");
}

Result<std::string, std::string> Addresses::emulator() const {
    if (!emulator_url_.empty()) return emulator_url_;
    for (const auto& device : devices_.list()) {
        const auto console = json_string(*device, {"status", "emulation", "console"});
        if (!console.empty()) return base_of(console);
    }
    return fail(std::string("no emulator is known"));
}

}  // namespace wasmbed::web
