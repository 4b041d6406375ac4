#include "services/apiserver/access.hpp"

#include <algorithm>
#include <chrono>
#include <openssl/evp.h>

namespace wasmbed::apiserver {
namespace {

constexpr char kAuthenticated[] = "system:authenticated";

std::string sha256_hex(std::string_view text) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr);
    constexpr char kHex[] = "0123456789abcdef";
    std::string hex;
    for (unsigned int i = 0; i < size; ++i) {
        hex += kHex[digest[i] >> 4];
        hex += kHex[digest[i] & 15];
    }
    return hex;
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        auto end = text.find(',');
        if (end != 0) parts.emplace_back(text.substr(0, end));
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    return parts;
}

using Words = std::vector<std::string_view>;

/// Grants `verbs` on `resources` ("devices/status" names a subresource, "*" everything) of API group `group`.
struct Rule {
    std::string_view group;
    Words resources;
    Words verbs;
    std::string_view name_prefix = {};  ///< only objects whose names start so; lists and watches are then not granted
};

struct Role {
    std::string_view user_group;
    std::vector<Rule> rules;
};

const Words kRead{"get", "list", "watch"};
const Words kWriteStatus{"get", "update", "patch"};
const Words kWrite{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"};
const Words kOurs{"devices", "applications", "applicationrevisions", "gateways", "firmwares"};

const Rule kRecordEvents{"", {"events"}, {"create", "patch", "update"}};
const Rule kReviewTokens{"authentication.k8s.io", {"tokenreviews"}, {"create"}};
const Rule kReviewAccess{"authorization.k8s.io", {"subjectaccessreviews"}, {"create"}};
const Rule kLeases{"coordination.k8s.io", {"leases"}, {"get", "list", "watch", "create", "update", "patch"}};

/// docs/reference/objects.md says who writes what; this is that table as rights.
const std::vector<Role>& roles() {
    static const std::vector<Role> kRoles{
        {"wasmbed:controllers",
         {{"wasmbed.io", kOurs, kRead},
          {"wasmbed.io", {"devices", "applications", "gateways", "firmwares"}, {"update", "patch"}},  // finalizers
          {"wasmbed.io",
           {"devices/status", "applications/status", "gateways/status", "firmwares/status"},
           kWriteStatus},
          {"wasmbed.io", {"applicationrevisions", "applicationrevisions/status"}, kWrite},
          {"", {"secrets", "configmaps"}, kWrite},
          {"", {"namespaces"}, kRead},
          kRecordEvents,
          kReviewTokens,
          kReviewAccess,
          kLeases}},
        {"wasmbed:gateways",
         {{"wasmbed.io", kOurs, kRead},
          {"wasmbed.io", {"devices"}, {"create"}},  // pairing
          {"wasmbed.io", {"gateways"}, {"create", "update", "patch"}},
          {"wasmbed.io", {"devices/status", "gateways/status"}, kWriteStatus},
          {"", {"secrets"}, {"get", "update", "patch"}, "enrollment-"},
          {"", {"configmaps"}, kRead},
          kRecordEvents,
          kReviewTokens,
          kReviewAccess,
          kLeases}},
        {"wasmbed:emulators",
         {{"wasmbed.io", {"devices", "gateways"}, kRead},
          {"wasmbed.io", {"devices/status"}, kWriteStatus},
          {"", {"secrets", "configmaps"}, kRead},
          kRecordEvents,
          kReviewTokens,
          kReviewAccess}},
        {"wasmbed:webs", {{"wasmbed.io", kOurs, kRead}, kReviewTokens, kReviewAccess}},
        {"wasmbed:viewers",
         {{"wasmbed.io",
           {"devices", "applications", "applicationrevisions", "gateways", "firmwares", "devices/logs", "devices/state",
            "devices/metrics"},
           kRead},
          {"", {"namespaces", "events"}, kRead}}},
        {"wasmbed:editors",
         {{"wasmbed.io", {"devices", "applications", "gateways", "firmwares"}, kWrite},
          {"wasmbed.io", {"applicationrevisions", "devices/logs", "devices/state", "devices/metrics"}, kRead},
          {"wasmbed.io", {"devices/console", "devices/power", "devices/commands"}, {"get", "create"}},
          {"", {"configmaps"}, kWrite},
          {"", {"namespaces", "events"}, kRead}}},
    };
    return kRoles;
}

bool contains(const Words& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool grants(const Rule& rule, const Attributes& wanted) {
    auto resource = wanted.subresource.empty() ? wanted.resource : wanted.resource + "/" + wanted.subresource;
    return rule.group == wanted.group && contains(rule.resources, resource) && contains(rule.verbs, wanted.verb) &&
           std::string_view(wanted.name).starts_with(rule.name_prefix);
}

bool in_group(const User& user, std::string_view group) {
    return std::find(user.groups.begin(), user.groups.end(), group) != user.groups.end();
}

/// Everybody may ask about themselves.
bool is_self_review(const Attributes& wanted) {
    return wanted.verb == "create" &&
           (wanted.resource == "selfsubjectaccessreviews" || wanted.resource == "selfsubjectrulesreviews" ||
            wanted.resource == "selfsubjectreviews");
}

}  // namespace

Authenticator::Authenticator(std::vector<TokenRow> tokens) {
    for (auto& row : tokens) tokens_[row.sha256] = row;
}

std::optional<User> Authenticator::user_of_token(const std::string& token) const {
    auto found = tokens_.find(sha256_hex(token));
    if (found == tokens_.end()) return {};
    auto now = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
    if (found->second.expires_at != 0 && now.count() >= found->second.expires_at) return {};
    User user{found->second.user, split(found->second.groups)};
    user.groups.emplace_back(kAuthenticated);
    return user;
}

std::optional<User> Authenticator::authenticate(const net::Request& request) const {
    if (auto token = request.bearer_token()) return user_of_token(*token);
    const auto& peer = request.peer;
    if (!peer.has_certificate || peer.common_name.empty()) return {};
    User user{peer.common_name, peer.organizations};
    // The service CA speaks for the roles only; it must not be able to make an administrator.
    if (peer.ca == kServiceCa) {
        std::erase_if(user.groups, [](const std::string& group) { return !group.starts_with("wasmbed:"); });
        std::erase(user.groups, "wasmbed:admins");
    }
    user.groups.emplace_back(kAuthenticated);
    return user;
}

bool allowed(const User& user, const Attributes& wanted) {
    if (in_group(user, "system:masters") || in_group(user, "wasmbed:admins")) return true;
    if (in_group(user, kAuthenticated) && is_self_review(wanted)) return true;
    return std::any_of(roles().begin(), roles().end(), [&](const Role& role) {
        return in_group(user, role.user_group) && std::any_of(role.rules.begin(), role.rules.end(),
                                                              [&](const Rule& rule) { return grants(rule, wanted); });
    });
}

std::string forbidden_text(const User& user, const Attributes& wanted) {
    std::string full = wanted.group.empty() ? wanted.resource : wanted.resource + "." + wanted.group;
    std::string text = full;
    if (!wanted.name.empty()) text += " \"" + wanted.name + "\"";
    text += " is forbidden: User \"" + user.name + "\" cannot " + wanted.verb + " resource \"" + wanted.resource;
    if (!wanted.subresource.empty()) text += "/" + wanted.subresource;
    text += "\" in API group \"" + wanted.group + "\"";
    text += wanted.ns.empty() ? " at the cluster scope" : " in the namespace \"" + wanted.ns + "\"";
    return text;
}

}  // namespace wasmbed::apiserver
