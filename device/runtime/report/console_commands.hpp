// What a person may type into the console: one command a line, a short answer.
#pragma once

#include <string_view>

#include "device/hal/board.hpp"
#include "device/runtime/apps/app_manager.hpp"
#include "device/runtime/identity/identity.hpp"

namespace wasmbed {

/// `info`, `apps`, `reset`, `help`. A line is answered at its end (return or line feed), after "> " and what was
/// typed; what is typed is not echoed before. Answers go to the console only, and block at the UART's speed.
class ConsoleCommands {
  public:
    ConsoleCommands(const hal::Board& board, const apps::AppManager& apps, const Identity& identity,
                    std::string_view version)
        : board_(board), apps_(apps), identity_(identity), version_(version) {}

    /// Takes what was typed since the last call; `connected`: there is a session with a gateway.
    void poll(bool connected);

  private:
    static constexpr std::size_t kLineBytesMax = 32;

    void answer(std::string_view command, bool connected);
    void say_info(bool connected);
    void say_apps();
    void say(std::string_view line);

    const hal::Board& board_;
    const apps::AppManager& apps_;
    const Identity& identity_;
    std::string_view version_;
    char line_[kLineBytesMax];
    std::size_t size_ = 0;
};

}  // namespace wasmbed
