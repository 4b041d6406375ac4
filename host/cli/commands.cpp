#include "host/cli/commands.hpp"

#include "host/cli/device_commands.hpp"
#include "host/cli/emulated_device.hpp"
#include "host/cli/get.hpp"

namespace wasmbed::cli {
namespace {

using Words = std::vector<std::string>;

void add_get(CLI::App& app, const CommandHost& host) {
    auto options = std::make_shared<GetOptions>();
    CLI::App* command = add_command(app, host, "get", "Show objects as a table", kObjectsGroup, options,
                                    [](Context& context, const GetOptions& given) { return get(context, given); });
    command->add_option("KIND", options->words, "KIND [NAME...] or KIND/NAME...")->required();
    command->add_option("-o,--output", options->output, "wide, name, yaml or json")
        ->check(CLI::IsMember({"wide", "name", "yaml", "json"}));
    command->add_option("-l,--selector", options->selector, "Label selector");
    command->add_flag("-A,--all-namespaces", options->all_namespaces, "All namespaces");
    command->add_flag("-w,--watch", options->watch, "Go on with what changes");
    command->add_flag("--no-headers", options->no_headers, "Rows only");
}

void add_describe(CLI::App& app, const CommandHost& host) {
    auto words = std::make_shared<Words>();
    CLI::App* command =
        add_command(app, host, "describe", "Show objects in full, with their events", kObjectsGroup, words,
                    [](Context& context, const Words& given) { return describe(context, given); });
    command->add_option("KIND", *words, "KIND [NAME...] or KIND/NAME...")->required();
}

// The world around an emulated device.
void add_surroundings(CLI::App& group, const CommandHost& host) {
    auto input = std::make_shared<InputSetting>();
    CLI::App* set =
        add_command(group, host, "set", "Make a sensor of an emulated device measure a value", "Commands", input,
                    [](Context& context, const InputSetting& given) { return set_input(context, given); });
    set->add_option("device", input->device, "Device")->required();
    set->add_option("input", input->input, "sensor/NAME, as in sensor/temperature")->required();
    set->add_option("value", input->value, "In the sensor's unit: degrees Celsius")->required();

    CLI::App* link = group.add_subcommand("link", "Network cable of an emulated device")->require_subcommand(1);
    for (const auto& [action, help] : {std::pair("cut", "Pull it out"), std::pair("restore", "Plug it in, no delay"),
                                       std::pair("delay", "Hold packets back")}) {
        auto setting = std::make_shared<LinkSetting>();
        setting->action = action;
        CLI::App* command =
            add_command(*link, host, action, help, "Commands", setting,
                        [](Context& context, const LinkSetting& given) { return switch_link(context, given); });
        command->add_option("device", setting->device, "Device")->required();
        if (setting->action == "delay")
            command->add_option("milliseconds", setting->delay_ms, "Longest wait of a packet, 1 to 10000")->required();
    }

    CLI::App* clock = group.add_subcommand("clock", "How fast time goes on an emulated device")->require_subcommand(1);
    for (const auto& [speed, help] : {std::pair("fast", "As fast as the emulator can; only while its link is cut"),
                                      std::pair("real", "As outside")}) {
        auto setting = std::make_shared<ClockSetting>();
        setting->speed = speed;
        CLI::App* command =
            add_command(*clock, host, speed, help, "Commands", setting,
                        [](Context& context, const ClockSetting& given) { return switch_clock(context, given); });
        command->add_option("device", setting->device, "Device")->required();
    }
}

void add_logs(CLI::App& app, const CommandHost& host) {
    auto options = std::make_shared<LogOptions>();
    CLI::App* command =
        add_command(app, host, "logs", "What apps logged, as devices reported it", kDevicesAndAppsGroup, options,
                    [](Context& context, const LogOptions& given) { return logs(context, given); });
    command->add_option("app", options->app, "Application; default: all, and the firmware");
    command->add_option("--device", options->device, "Of this device only");
    command->add_flag("-f,--follow", options->follow, "Go on with what comes");
    command->add_option("--tail", options->tail, "Last records to start with; -1: all that are kept")
        ->capture_default_str();
    command->add_flag("--timestamps", options->timestamps, "With the time the gateway took the record");
}

}  // namespace

void add_reading_commands(CLI::App& app, const CommandHost& host) {
    add_get(app, host);
    add_describe(app, host);
    add_logs(app, host);
}

void add_device_commands(CLI::App& app, const CommandHost& host) {
    CLI::App* group = app.add_subcommand("device", "Decide on a device, switch it, reset it")
                          ->group(kDevicesAndAppsGroup)
                          ->require_subcommand(1);
    const auto add = [&](CLI::App& parent, const char* name, const char* help, auto run) {
        auto device = std::make_shared<std::string>();
        CLI::App* command = add_command(parent, host, name, help, "Commands", device, run);
        command->add_option("device", *device, "Device")->required();
    };
    add(*group, "approve", "Let a waiting device in",
        [](Context& context, const std::string& device) { return decide_device(context, device, "Approved"); });
    add(*group, "reject", "Keep a device out",
        [](Context& context, const std::string& device) { return decide_device(context, device, "Rejected"); });
    add(*group, "reset", "Press the reset button of an emulated device",
        [](Context& context, const std::string& device) { return switch_device(context, device, "reset"); });
    CLI::App* power = group->add_subcommand("power", "Switch an emulated device")->require_subcommand(1);
    add(*power, "on", "Power on",
        [](Context& context, const std::string& device) { return switch_device(context, device, "on"); });
    add(*power, "off", "Cut the power",
        [](Context& context, const std::string& device) { return switch_device(context, device, "off"); });
    add(*group, "sensors", "What the sensors of an emulated device measure",
        [](Context& context, const std::string& device) { return show_sensors(context, device); });
    add_surroundings(*group, host);
}

}  // namespace wasmbed::cli
