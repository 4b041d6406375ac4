#include "services/emulator/machine.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <cmath>
#include <fmt/format.h>

#include "host/base/log.hpp"

namespace wasmbed::emulator {
namespace {

constexpr std::chrono::seconds kSettleLimit{10};
constexpr char kNetdev[] = "net0";  // the id that recipes give to the board's network
constexpr char kDelayFilter[] = "delay";

/// A part that may hang on a board's I2C bus, and how QEMU has it.
struct SensorModel {
    std::string_view compatible;
    std::string_view device;    ///< QEMU's name for it
    std::string_view property;  ///< of the device: what it measures
    double scale;               ///< the property's value for one unit
};
constexpr SensorModel kSensorModels[] = {{"ti,tmp105", "tmp105", "temperature", 1000}};

const SensorModel* model_of(const board::Sensor& sensor) {
    const auto* found = std::ranges::find(kSensorModels, sensor.compatible, &SensorModel::compatible);
    return found == std::end(kSensorModels) ? nullptr : found;
}

json::object property_of(const board::Sensor& sensor, const SensorModel& model) {
    return {{"path", "/machine/peripheral/" + sensor.name}, {"property", model.property}};
}

Result<void, std::string> without_value(Result<json::value, std::string> answer) {
    if (!answer) return fail(answer.error());
    return {};
}

}  // namespace

std::vector<std::string> sensor_options(const board::DeviceTree& tree) {
    std::vector<std::string> options;
    for (const board::Sensor& sensor : tree.sensors) {
        const SensorModel* model = model_of(sensor);
        if (!model) continue;
        options.emplace_back("-device");
        options.push_back(fmt::format("{},id={},address={:#x}", model->device, sensor.name, sensor.address));
    }
    return options;
}

Result<const board::Sensor*, std::string> find_sensor(const board::DeviceTree& tree, const std::string& name) {
    const auto found = std::ranges::find(tree.sensors, name, &board::Sensor::name);
    if (found != tree.sensors.end()) return &*found;
    std::string known;
    for (const board::Sensor& each : tree.sensors) known += (known.empty() ? "" : ", ") + each.name;
    return fail("the board has no sensor '" + name + "'; it has: " + (known.empty() ? "none" : known));
}

Machine::Machine(IoContext& io, board::DeviceTree tree, Surroundings& surroundings, bool networked,
                 std::function<void(const json::value&)> on_event)
    : tree_(std::move(tree)),
      surroundings_(surroundings),
      networked_(networked),
      on_event_(std::move(on_event)),
      unsettled_(io),
      session_(io, [this](const json::value& event) {
          if (json_string(event, {"event"}) == "RESET") {
              settled_ = false;
              unsettled_.notify_all();
          }
          on_event_(event);
      }) {}

Task<> Machine::run(std::filesystem::path socket) {
    using namespace boost::asio::experimental::awaitable_operators;
    co_await (session_.run(std::move(socket)) || settle());
}

// QEMU's parts forget at a reset what they measure.
Task<> Machine::settle() {
    for (;;) {
        if (settled_) {
            co_await unsettled_.wait();
            continue;
        }
        settled_ = true;
        co_await apply_surroundings();
    }
}

Task<> Machine::apply_surroundings() {
    const std::map<std::string, double> wanted = surroundings_.sensors;
    for (const auto& [name, value] : wanted) {
        auto done = co_await set_sensor(name, value, OpContext::within(kSettleLimit));
        if (!done) log_warn("a sensor could not be set", {{"sensor", name}, {"why", done.error()}});
    }
    const bool as_made = surroundings_.cable_plugged && surroundings_.delay.count() == 0;
    if (!networked_ || (as_made && !delayed_)) co_return;
    auto done = co_await apply_link(OpContext::within(kSettleLimit));
    if (!done) log_warn("the link could not be set", {{"why", done.error()}});
}

Task<Result<void, std::string>> Machine::reset(OpContext context) {
    auto answer = co_await session_.execute("system_reset", {}, context);
    co_return without_value(std::move(answer));
}

Task<Result<std::map<unsigned, bool>, std::string>> Machine::read_leds(OpContext context) {
    std::map<unsigned, bool> leds;
    for (const board::Led& led : tree_.leds) {
        auto words = co_await qmp_read_words(session_, led.address, 1, context);
        if (!words) co_return fail(words.error());
        leds[led.index] = ((words->front() & led.mask) != 0) != led.active_low;
    }
    co_return leds;
}

Task<Result<std::map<std::string, double>, std::string>> Machine::read_sensors(OpContext context) {
    std::map<std::string, double> values;
    for (const board::Sensor& sensor : tree_.sensors) {
        const SensorModel* model = model_of(sensor);
        if (!model) continue;
        auto answer = co_await session_.execute("qom-get", property_of(sensor, *model), context);
        if (!answer) co_return fail(answer.error());
        if (!answer->is_number()) co_return fail("QEMU gave no number for the sensor " + sensor.name);
        values[sensor.name] = answer->to_number<double>() / model->scale;
    }
    co_return values;
}

Task<Result<void, std::string>> Machine::set_sensor(std::string name, double value, OpContext context) {
    const auto found = find_sensor(tree_, name);
    if (!found) co_return fail(found.error());
    const board::Sensor* sensor = *found;
    if (!model_of(*sensor)) co_return fail("QEMU has no model of the sensor " + name);
    const SensorModel& model = *model_of(*sensor);
    json::object wanted = property_of(*sensor, model);
    wanted["value"] = std::llround(value * model.scale);
    auto answer = co_await session_.execute("qom-set", std::move(wanted), context);
    co_return without_value(std::move(answer));
}

Task<Result<void, std::string>> Machine::apply_link(OpContext context) {
    auto plugged =
        co_await session_.execute("set_link", {{"name", kNetdev}, {"up", surroundings_.cable_plugged}}, context);
    if (!plugged) co_return fail(plugged.error());
    if (delayed_) {
        auto removed = co_await session_.execute("object-del", {{"id", kDelayFilter}}, context);
        if (!removed) co_return fail(removed.error());
        delayed_ = false;
    }
    if (surroundings_.delay.count() == 0) co_return Result<void, std::string>{};
    // Holds packets and lets them go every `interval` microseconds: each waits up to that long.
    auto added = co_await session_.execute("object-add",
                                           {{"qom-type", "filter-buffer"},
                                            {"id", kDelayFilter},
                                            {"netdev", kNetdev},
                                            {"interval", surroundings_.delay.count() * 1000}},
                                           context);
    if (!added) co_return fail(added.error());
    delayed_ = true;
    co_return Result<void, std::string>{};
}

}  // namespace wasmbed::emulator
