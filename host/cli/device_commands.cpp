#include "host/cli/device_commands.hpp"

#include <array>
#include <ostream>
#include <unistd.h>

#include "host/base/task_group.hpp"
#include "host/base/time.hpp"
#include "host/cli/role_api.hpp"
#include "host/process/wait.hpp"

namespace wasmbed::cli {
namespace {

constexpr std::chrono::hours kIdleLimit{24};

Task<void> type_from(Context& context, RoleApi& api, std::string path, int input_fd) {
    for (;;) {
        co_await wait_readable(input_fd);
        std::array<char, 1024> typed;
        const ssize_t got = ::read(input_fd, typed.data(), typed.size());
        if (got <= 0) co_return;
        auto sent = co_await api.post_bytes(path, std::string(typed.data(), static_cast<std::size_t>(got)));
        if (!sent) context.err << "error: " << sent.error() << std::endl;
    }
}

Task<int> copy_console(Context& context, RoleApi& api, std::string path) {
    auto stream = co_await api.stream(std::move(path));
    if (!stream) co_return report(context, stream.error());
    for (;;) {
        auto part = co_await (*stream)->read_some(kIdleLimit);
        if (!part) co_return report(context, part.error().message);
        if (part->empty()) co_return 0;
        context.out << *part << std::flush;
    }
}

void print_log(Context& context, const json::value& record, const LogOptions& options) {
    if (json_string(record, {"kind"}) == "dropped") {
        context.out << "(" << json_int(record, {"count"}) << " records were lost on the way)\n";
        return;
    }
    if (options.timestamps) context.out << json_string(record, {"time"}) << " ";
    if (options.device.empty()) context.out << json_string(record, {"device"}) << " ";
    const std::string_view app = json_string(record, {"app"});
    if (options.app.empty()) context.out << (app.empty() ? "firmware" : app) << ": ";
    context.out << json_string(record, {"text"}) << "\n";
}

/// Nothing was logged: an error when there is no such Application, whose records may outlive it.
Task<int> explain_silence(Context& context, std::string app) {
    auto object = co_await context.client.get(kube::kApplications, context.ns, app);
    if (object) co_return 0;
    co_return report(context, object.error());
}

/// Without it, old lines and then silence would look like a board that hangs.
Task<> say_if_off(Context& context, std::string device) {
    auto object = co_await context.client.get(kube::kDevices, context.ns, device);
    if (!object || json_string(*object, {"status", "emulation", "state"}) != "Stopped") co_return;
    context.err << device << " is off: these are its last words; `wasmbed device power on " << device
                << "` starts it again" << std::endl;
}

}  // namespace

Task<int> decide_device(Context& context, std::string device, std::string approval) {
    json::value patch{{"spec", {{"approval", approval}}}};
    if (approval == "Approved") {
        // An approval is of the key that asks at this moment; should another come in between, the patch conflicts.
        auto object = co_await context.client.get(kube::kDevices, context.ns, device);
        if (!object) co_return report(context, object.error());
        patch.as_object()["metadata"] = {{"resourceVersion", json_string(*object, {"metadata", "resourceVersion"})}};
        const std::string_view key = json_string(*object, {"status", "enrollment", "publicKeySha256"});
        if (!key.empty()) patch.at("spec").as_object()["publicKey"] = key;
    }
    auto patched = co_await context.client.patch(kube::kDevices, context.ns, device, std::move(patch));
    if (!patched) co_return report(context, patched.error());
    context.out << object_label(kube::kDevices, device) << (approval == "Approved" ? " approved" : " rejected")
                << std::endl;
    co_return 0;
}

Task<int> switch_device(Context& context, std::string device, std::string action) {
    auto url = co_await emulator_url(context, device);
    if (!url) co_return report(context, url.error());
    RoleApi api(context, *url);
    json::value body{{"action", action}};
    auto done = co_await api.call("POST", device_path(context, device, "power"), std::move(body));
    if (!done) co_return report(context, done.error());
    context.out << object_label(kube::kDevices, device) << (action == "reset" ? " reset" : " power " + action)
                << std::endl;
    co_return 0;
}

Task<int> console(Context& context, std::string device, bool follow, int input_fd) {
    auto url = co_await emulator_url(context, device);
    if (!url) co_return report(context, url.error());
    co_await say_if_off(context, device);
    RoleApi api(context, *url);
    const std::string path = device_path(context, device, "console");
    TaskGroup typing(context.io);
    // One writer at a time: the emulator tells them apart by this.
    const std::string writer =
        std::to_string(::getpid()) + "-" + std::to_string(WallClock::now().time_since_epoch().count());
    if (input_fd >= 0) typing.spawn("typing", type_from(context, api, path + "?writer=" + writer, input_fd));
    std::exception_ptr stopped;
    int status = 0;
    try {
        status = co_await copy_console(context, api, path + (follow ? "?follow=true&tail=4096" : ""));
    } catch (...) {
        stopped = std::current_exception();
    }
    if (stopped) {
        typing.cancel();
        std::rethrow_exception(stopped);
    }
    co_await typing.stop();
    co_return status;
}

Task<int> logs(Context& context, LogOptions options) {
    auto url = co_await gateway_url(context, options.device);
    if (!url) co_return report(context, url.error());
    net::Query query;
    if (!options.device.empty()) query.add("device", options.device);
    if (!options.app.empty()) query.add("app", options.app);
    query.add("kinds", "log,dropped");
    if (options.tail >= 0) query.add("tail", std::to_string(options.tail));
    if (options.follow) query.add("follow", "true");
    if (options.follow && !options.app.empty()) {
        auto object = co_await context.client.get(kube::kApplications, context.ns, options.app);
        if (!object) co_return report(context, object.error());
    }
    RoleApi api(context, *url);
    auto stream = co_await api.stream("/v1/namespaces/" + net::percent_encode(context.ns) + "/records?" + query.text());
    if (!stream) co_return report(context, stream.error());
    bool any = false;
    for (;;) {
        auto line = co_await (*stream)->next_line(kIdleLimit);
        if (!line) co_return report(context, line.error().message);
        if (!*line) break;
        auto record = parse_json(**line);
        if (record) print_log(context, *record, options);
        context.out.flush();
        any = true;
    }
    if (any || options.app.empty()) co_return 0;
    co_return co_await explain_silence(context, options.app);
}

}  // namespace wasmbed::cli
