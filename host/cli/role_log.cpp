#include "host/cli/role_log.hpp"

#include <algorithm>
#include <fstream>

namespace wasmbed::cli {
namespace {

constexpr std::streamoff kTailBytes = 16 * 1024;
constexpr std::string_view kLevel = " error ";

/// The value behind `key="`, with its escapes undone; empty when the key is not there.
std::string quoted_field(std::string_view line, std::string_view key) {
    const std::string start = " " + std::string(key) + "=\"";
    const std::size_t at = line.find(start);
    if (at == std::string_view::npos) return {};
    std::string value;
    for (std::size_t i = at + start.size(); i < line.size() && line[i] != '"'; ++i) {
        const bool escaped = line[i] == '\\' && i + 1 < line.size();
        if (escaped) ++i;
        value += escaped && line[i] == 'n' ? ' ' : line[i];
    }
    return value;
}

std::string reason_in(std::string_view line) {
    for (const char* key : {"error", "why"}) {
        std::string value = quoted_field(line, key);
        if (!value.empty()) return value;
    }
    const std::size_t message = line.find(": ");
    return std::string(message == std::string_view::npos ? line : line.substr(message + 2));
}

}  // namespace

std::string last_error_in(std::string_view text) {
    while (!text.empty()) {
        if (text.back() == '\n') text.remove_suffix(1);
        const std::size_t before = text.rfind('\n');
        const std::string_view line = before == std::string_view::npos ? text : text.substr(before + 1);
        // The level stands behind the time, which has no blank in it.
        if (line.find(' ') == line.find(kLevel) && line.contains(kLevel)) return reason_in(line);
        text = before == std::string_view::npos ? std::string_view() : text.substr(0, before + 1);
    }
    return {};
}

std::string last_error_of(const std::filesystem::path& log) {
    std::ifstream file(log, std::ios::ate | std::ios::binary);
    if (!file) return {};
    const std::streamoff size = file.tellg();
    std::string text(static_cast<std::size_t>(std::min(size, kTailBytes)), '\0');
    file.seekg(size - static_cast<std::streamoff>(text.size()));
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    return last_error_in(text);
}

}  // namespace wasmbed::cli
