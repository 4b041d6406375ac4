#include "host/cli/emulated_device.hpp"

#include <fmt/format.h>
#include <ostream>

#include "host/cli/role_api.hpp"

namespace wasmbed::cli {
namespace {

// One request to the emulator that runs `device`.
Task<Result<json::value, std::string>> call(Context& context, std::string device, std::string method, std::string leaf,
                                            json::value body) {
    auto url = co_await emulator_url(context, device);
    if (!url) co_return fail(url.error());
    RoleApi api(context, *url);
    co_return co_await api.call(std::move(method), device_path(context, device, leaf), std::move(body));
}

}  // namespace

Task<int> set_input(Context& context, InputSetting setting) {
    constexpr std::string_view kSensor = "sensor/";
    if (!setting.input.starts_with(kSensor) || setting.input.size() == kSensor.size())
        co_return report(context, "what can be set is sensor/<name>, as in sensor/temperature; not " + setting.input);
    json::object body{{setting.input.substr(kSensor.size()), setting.value}};
    auto done = co_await call(context, setting.device, "POST", "sensors", std::move(body));
    if (!done) co_return report(context, done.error());
    context.out << object_label(kube::kDevices, setting.device) << " " << setting.input << " set" << std::endl;
    co_return 0;
}

Task<int> show_sensors(Context& context, std::string device) {
    auto answer = co_await call(context, device, "GET", "sensors", nullptr);
    if (!answer) co_return report(context, answer.error());
    const json::object* sensors = json_object(*answer, {"sensors"});
    for (const auto& [name, value] : sensors ? *sensors : json::object{})
        context.out << std::string_view(name) << fmt::format(" {}\n", value.to_number<double>());
    context.out << std::flush;
    co_return 0;
}

Task<int> switch_link(Context& context, LinkSetting setting) {
    json::object body{{"action", setting.action}};
    if (setting.action == "delay") body["milliseconds"] = setting.delay_ms;
    auto done = co_await call(context, setting.device, "POST", "link", std::move(body));
    if (!done) co_return report(context, done.error());
    context.out << object_label(kube::kDevices, setting.device) << " link " << setting.action << std::endl;
    co_return 0;
}

Task<int> switch_clock(Context& context, ClockSetting setting) {
    auto done = co_await call(context, setting.device, "POST", "clock", json::object{{"speed", setting.speed}});
    if (!done) co_return report(context, done.error());
    context.out << object_label(kube::kDevices, setting.device) << " clock " << setting.speed << std::endl;
    co_return 0;
}

}  // namespace wasmbed::cli
