#include "services/web/rights.hpp"

#include <algorithm>
#include <string_view>

namespace wasmbed::web {
namespace {

struct Shown {
    std::string_view group;
    std::string_view resource;
};

constexpr Shown kShown[] = {{"wasmbed.io", "devices"},
                            {"wasmbed.io", "devices/console"},
                            {"wasmbed.io", "devices/power"},
                            {"wasmbed.io", "devices/logs"},
                            {"wasmbed.io", "devices/state"},
                            {"wasmbed.io", "devices/metrics"},
                            {"wasmbed.io", "devices/commands"},
                            {"wasmbed.io", "applications"},
                            {"wasmbed.io", "applicationrevisions"},
                            {"wasmbed.io", "gateways"},
                            {"", "secrets"},
                            {"", "events"},
                            {"", "namespaces"},
                            {"access.wasmbed.io", "usertokens"}};
constexpr std::string_view kVerbs[] = {"get", "list", "watch", "create", "update", "patch", "delete"};

bool lists(const json::value& rule, std::string_view member, std::string_view wanted) {
    const auto* words = json_array(rule, {member});
    return words && std::any_of(words->begin(), words->end(), [&](const json::value& word) {
               return word.is_string() && (word.get_string() == "*" || word.get_string() == wanted);
           });
}

bool grants(const json::value& rule, const Shown& shown, std::string_view verb) {
    const auto* names = json_array(rule, {"resourceNames"});
    return (!names || names->empty()) && lists(rule, "apiGroups", shown.group) &&
           lists(rule, "resources", shown.resource) && lists(rule, "verbs", verb);
}

}  // namespace

json::object summarize_rights(const json::value& rules) {
    const auto* list = rules.if_array();
    json::object can;
    for (const auto& shown : kShown) {
        json::array verbs;
        for (auto verb : kVerbs) {
            const bool granted = list && std::any_of(list->begin(), list->end(), [&](const json::value& rule) {
                                     return grants(rule, shown, verb);
                                 });
            if (granted) verbs.push_back(json::string(verb));
        }
        can[shown.resource] = std::move(verbs);
    }
    return can;
}

std::string role_of(const std::vector<std::string>& groups) {
    const auto in = [&](std::string_view group) {
        return std::find(groups.begin(), groups.end(), group) != groups.end();
    };
    if (in("system:masters") || in("wasmbed:admins")) return "admin";
    if (in("wasmbed:editors")) return "editor";
    return in("wasmbed:viewers") ? "viewer" : "";
}

}  // namespace wasmbed::web
