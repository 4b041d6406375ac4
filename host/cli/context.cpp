#include "host/cli/context.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <ostream>

#include "core/base/utf8.hpp"
#include "host/cli/data_folder.hpp"

namespace wasmbed::cli {
namespace {

struct KindNames {
    kube::ResourceType type;
    std::string_view short_name;
};

constexpr KindNames kKinds[] = {
    {kube::kDevices, "dev"},   {kube::kApplications, "app"}, {kube::kApplicationRevisions, "apprev"},
    {kube::kGateways, "gw"},   {kube::kNamespaces, "ns"},    {kube::kSecrets, "secret"},
    {kube::kConfigMaps, "cm"}, {kube::kEvents, "ev"}};

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

/// As kubectl does it, before anything is asked for; what else a name may not have the server says.
Result<void, std::string> check_names(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        if (name.empty()) return fail(std::string("resource name may not be empty"));
        if (name == "." || name == "..")
            return fail("invalid resource name \"" + name + "\": [may not be '" + name + "']");
        for (char bad : {'/', '%'}) {
            if (name.find(bad) != std::string::npos)
                return fail("invalid resource name \"" + name + "\": [may not contain '" + bad + "']");
        }
        if (!utf8_valid(bytes_of(name))) return fail(std::string("invalid resource name: it is not UTF-8"));
    }
    return {};
}

}  // namespace

Result<std::string, std::string> find_kubeconfig_path(const ClientFlags& flags) {
    if (!flags.kubeconfig.empty()) return flags.kubeconfig;
    if (const char* set = std::getenv("KUBECONFIG"); set && *set) return std::string(set);
    auto folder = default_data_folder();
    if (!folder) return fail(folder.error());
    const std::filesystem::path path = *folder / "kubeconfig";
    if (!std::filesystem::exists(path))
        return fail("no kubeconfig: give --kubeconfig FILE, set KUBECONFIG, or start `wasmbed up` (which writes " +
                    path.string() + ")");
    return path.string();
}

Result<kube::Kubeconfig, std::string> find_kubeconfig(const ClientFlags& flags) {
    auto path = find_kubeconfig_path(flags);
    if (!path) return fail(path.error());
    return kube::load_kubeconfig(*path);
}

int report(Context& context, const kube::ApiError& error) {
    if (error.no_answer())
        context.err << "Unable to connect to the server: " << error.message << std::endl;
    else
        context.err << "Error from server (" << (error.reason.empty() ? std::to_string(error.code) : error.reason)
                    << "): " << error.message << std::endl;
    return 1;
}

int report(Context& context, std::string_view error) {
    context.err << "error: " << error << std::endl;
    return 1;
}

Result<kube::ResourceType, std::string> find_kind(std::string_view name) {
    const std::string wanted = lower(name);
    for (const KindNames& kind : kKinds) {
        const std::string group = kind.type.group.empty() ? "" : "." + std::string(kind.type.group);
        const std::string plural(kind.type.plural);
        const std::string singular = lower(kind.type.kind);
        for (const std::string& known : {plural, singular, std::string(kind.short_name)}) {
            if (wanted == known || (!group.empty() && wanted == known + group)) return kind.type;
        }
    }
    return fail("the server doesn't have a resource type \"" + std::string(name) +
                "\"; known: devices (dev), applications (app), " +
                "applicationrevisions (apprev), gateways (gw), namespaces (ns), secrets, configmaps (cm), events (ev)");
}

std::string object_label(const kube::ResourceType& type, std::string_view name) {
    return lower(type.kind) + (type.group.empty() ? "" : "." + std::string(type.group)) + "/" + std::string(name);
}

Result<Selection, std::string> parse_selection(const std::vector<std::string>& words) {
    if (words.empty()) return fail(std::string("which objects? KIND NAME, for instance: device board-1"));
    Selection selection{};
    if (words[0].find('/') == std::string::npos) {
        auto type = find_kind(words[0]);
        if (!type) return fail(type.error());
        selection.type = *type;
        selection.names.assign(words.begin() + 1, words.end());
        if (auto checked = check_names(selection.names); !checked) return fail(checked.error());
        return selection;
    }
    for (const std::string& word : words) {
        const std::size_t slash = word.find('/');
        if (slash == std::string::npos || slash + 1 == word.size())
            return fail("\"" + word + "\": TYPE/NAME is needed");
        auto type = find_kind(word.substr(0, slash));
        if (!type) return fail(type.error());
        if (!selection.names.empty() && type->plural != selection.type.plural)
            return fail(std::string("only one kind at a time is supported"));
        selection.type = *type;
        selection.names.push_back(word.substr(slash + 1));
    }
    if (auto checked = check_names(selection.names); !checked) return fail(checked.error());
    return selection;
}

}  // namespace wasmbed::cli
