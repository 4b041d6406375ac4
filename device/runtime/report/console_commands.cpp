#include "device/runtime/report/console_commands.hpp"

#include "core/base/text_writer.hpp"
#include "core/proto/names.hpp"

namespace wasmbed {

void ConsoleCommands::say(std::string_view line) {
    board_.console.write_blocking(bytes_of(line));
    board_.console.write_blocking(bytes_of("\r\n"));
}

void ConsoleCommands::poll(bool connected) {
    std::uint8_t bytes[16];
    const std::size_t count = board_.console.read(bytes);
    for (const std::uint8_t byte : Bytes(bytes).first(count)) {
        if (byte == '\r' || byte == '\n') {
            if (size_ > 0) answer({line_, size_}, connected);
            size_ = 0;
        } else if (byte == '\b' || byte == 0x7F) {
            if (size_ > 0) --size_;
        } else if (byte >= 0x20 && byte < 0x7F && size_ < kLineBytesMax) {
            line_[size_++] = static_cast<char>(byte);
        }
    }
}

void ConsoleCommands::answer(std::string_view command, bool connected) {
    char text[kLineBytesMax + 2];
    say(TextWriter{text}.text("> ").text(command).view());
    if (command == "info") return say_info(connected);
    if (command == "apps") return say_apps();
    if (command == "reset") board_.reset.reboot();
    say(command == "help" ? "info, apps, reset, help" : "no such command; there are: info, apps, reset, help");
}

void ConsoleCommands::say_info(bool connected) {
    char text[240];
    TextWriter line{text};
    line.text("wasmbed ").text(version_).text(" on ").text(board_.info.board());
    line.text(", up ").decimal(board_.clock.now_ms()).text(" ms after ").text(hal::text_of(board_.reset.reason()));
    line.text(", ").text(identity_.enrolled() ? identity_.name() : "not enrolled");
    line.text(connected ? ", connected" : ", not connected");
    say(line.view());
}

void ConsoleCommands::say_apps() {
    bool any = false;
    apps_.each([&](const apps::App& app) {
        char text[120];
        TextWriter line{text};
        line.text(app.label()).text(": ").text(proto::app_state_name(app.state));
        line.text(", restarts ").decimal(app.restarts);
        say(line.view());
        any = true;
    });
    if (!any) say("no apps");
}

}  // namespace wasmbed
