// Reading what a role said about itself.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace wasmbed::cli {

/// The reason in the last line of level error among `text`'s lines, which host/base/log.hpp wrote: the value of its
/// `error` or `why` field, else its message with its fields. Empty when there is none.
std::string last_error_in(std::string_view text);

/// The same of a log file's last 16 KiB; empty when it cannot be read.
std::string last_error_of(const std::filesystem::path& log);

}  // namespace wasmbed::cli
