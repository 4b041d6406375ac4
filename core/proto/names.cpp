#include "core/proto/names.hpp"

#include <cstddef>
#include <span>

namespace wasmbed::proto {
namespace {

// Tables in the order of the numbers, beginning with `first`; wire_cddl_test.cpp compares them with wire.cddl.
std::string_view name_at(std::span<const std::string_view> names, std::size_t number, std::size_t first,
                         std::string_view unknown) {
    return number >= first && number - first < names.size() ? names[number - first] : unknown;
}

}  // namespace

std::string_view app_state_name(AppState state) {
    static constexpr std::string_view kNames[] = {"Pending", "Fetching", "Installing", "Running", "Completed",
                                                  "Failed",  "Stopped",  "Backoff",    "Refused"};
    return name_at(kNames, static_cast<std::size_t>(state), 0, "Unknown");
}

std::string_view app_reason_name(AppReason reason) {
    static constexpr std::string_view kNames[] = {"",
                                                  "BadSignature",
                                                  "BadDigest",
                                                  "MalformedManifest",
                                                  "MalformedModule",
                                                  "InvalidModule",
                                                  "UnknownImport",
                                                  "NotPermitted",
                                                  "OutOfMemory",
                                                  "OutOfStorage",
                                                  "Trap",
                                                  "Exit",
                                                  "StartFailed",
                                                  "UnsupportedLanguage",
                                                  "StaleSequence",
                                                  "CorruptStore",
                                                  "RestartLimit",
                                                  "StackLimit",
                                                  "FetchFailed",
                                                  "FuelLimit"};
    return name_at(kNames, static_cast<std::size_t>(reason), 0, "Unknown");
}

std::string_view event_kind_name(EventKind kind) {
    static constexpr std::string_view kNames[] = {"led", "app-started", "app-stopped", "security", "boot-step"};
    return name_at(kNames, static_cast<std::size_t>(kind), 1, "unknown");
}

std::string_view error_code_name(ErrorCode code) {
    static constexpr std::string_view kNames[] = {"malformed", "unknown-type", "not-expected", "refused",
                                                  "busy",      "not-found",    "too-large"};
    return name_at(kNames, static_cast<std::size_t>(code), 1, "unknown");
}

}  // namespace wasmbed::proto
