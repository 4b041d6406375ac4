#include <algorithm>
#include <optional>

#include "host/cli/terminal.hpp"

namespace wasmbed::cli {
namespace {

using Words = std::vector<std::string>;

constexpr std::size_t kCandidatesMax = 200;
constexpr std::chrono::seconds kListLimit{3};

const Words kFirst{"delete", "describe", "device", "get", "help", "kubectl", "logs", "user", "version", "wasmbed"};
const Words kFirstOfKubectl{"describe", "get", "logs", "version"};
const Words kKinds{"applicationrevisions", "applications", "configmaps", "devices", "events", "gateways", "namespaces"};

/// What may follow the words before the one that is typed, when that takes no look at the objects.
Words known_words(const Words& before) {
    if (before.empty()) return kFirst;
    const std::string& verb = before.front();
    const bool last_is_verb = before.size() == 1;
    if ((verb == "get" || verb == "describe" || verb == "delete") && last_is_verb) return kKinds;
    if (verb == "device" && last_is_verb) return {"approve", "power", "reject", "reset"};
    if (verb == "device" && before.size() == 2 && before[1] == "power") return {"off", "on"};
    if (verb == "user" && last_is_verb) return {"list"};
    if (verb == "get" && (before.back() == "-o" || before.back() == "--output"))
        return {"json", "name", "wide", "yaml"};
    return {};
}

Words flags_of(const std::string& verb) {
    if (verb == "get") return {"--all-namespaces", "--no-headers", "--output", "--selector", "--watch"};
    if (verb == "logs") return {"--device", "--follow", "--tail", "--timestamps"};
    return {};
}

/// The kind whose names may stand here; none: no names.
std::optional<kube::ResourceType> kind_of_names(const Words& before) {
    if (before.empty()) return std::nullopt;
    const std::string& verb = before.front();
    if (before.back() == "--device") return kube::kDevices;
    if (verb == "logs") return kube::kApplications;
    if (verb == "device" && before.size() >= (before[std::min<std::size_t>(1, before.size() - 1)] == "power" ? 3u : 2u))
        return kube::kDevices;
    if ((verb == "get" || verb == "describe" || verb == "delete") && before.size() >= 2) {
        if (auto kind = find_kind(before[1])) return *kind;
    }
    return std::nullopt;
}

Task<Words> names_of(IoContext& io, kube::Kubeconfig config, std::string ns, kube::ResourceType kind) {
    kube::Client client(io, std::move(config), "wasmbed-terminal");
    client.set_timeout(kListLimit);
    Words names;
    auto list = co_await client.list(kind, kind.namespaced ? ns : "");
    const auto* items = list ? json_array(*list, {"items"}) : nullptr;
    for (const auto& item : items ? *items : json::array()) names.emplace_back(json_string(item, {"metadata", "name"}));
    co_return names;
}

}  // namespace

Task<Completion> complete_terminal_line(IoContext& io, kube::Kubeconfig config, std::string ns, std::string line) {
    Completion completion;
    if (line.size() > kTerminalLineBytesMax) co_return completion;
    const auto blank = line.find_last_of(" \t");
    completion.from = blank == std::string::npos ? 0 : blank + 1;
    const std::string typed = line.substr(completion.from);
    auto before = split_line(line.substr(0, completion.from));
    if (!before) co_return completion;
    const bool kubectl = !before->empty() && before->front() == "kubectl";
    if (kubectl || (!before->empty() && before->front() == "wasmbed")) before->erase(before->begin());

    Words found = kubectl && before->empty() ? kFirstOfKubectl : known_words(*before);
    const auto kind = kind_of_names(*before);
    if (typed.starts_with('-') && !before->empty()) {
        found = flags_of(before->front());
    } else if (found.empty() && kind) {
        found = co_await names_of(io, std::move(config), std::move(ns), *kind);
    }
    for (auto& word : found) {
        if (word.starts_with(typed) && completion.candidates.size() < kCandidatesMax) {
            completion.candidates.push_back(std::move(word));
        }
    }
    std::sort(completion.candidates.begin(), completion.candidates.end());
    co_return completion;
}

}  // namespace wasmbed::cli
