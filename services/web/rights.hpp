// What a user may do, in the few words that the dashboard needs.
#pragma once

#include <string>
#include <vector>

#include "host/base/json.hpp"

namespace wasmbed::web {

/// `rules`: status.resourceRules of a SelfSubjectRulesReview. Gives {"devices": ["get", ...], "devices/console": [...],
/// ...} for every resource that the dashboard shows; a right to some objects of a kind only does not count.
json::object summarize_rights(const json::value& rules);

/// admin, editor or viewer by the user's groups; empty for somebody with other rights.
std::string role_of(const std::vector<std::string>& groups);

}  // namespace wasmbed::web
