#include "services/apiserver/access.hpp"

#include <algorithm>
#include <openssl/evp.h>

#include "host/access/access.hpp"
#include "host/pki/encoding.hpp"

namespace wasmbed::apiserver {
namespace {

constexpr char kAuthenticated[] = "system:authenticated";

std::string sha256_hex(std::string_view text) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr);
    return pki::to_hex(Bytes(digest, size));
}

using Words = std::vector<std::string_view>;

/// Grants `verbs` on `resources` ("devices/status" names a subresource, "*" everything) of API group `group`.
struct Rule {
    std::string_view group;
    Words resources;
    Words verbs;
    std::string_view name_prefix = {};  ///< only objects whose names start so; lists and watches are then not granted
    std::string_view not_name = {};     ///< all but the object of this name
};

struct Role {
    std::string_view user_group;
    std::vector<Rule> rules;
};

const Words kRead{"get", "list", "watch"};
const Words kWriteStatus{"get", "update", "patch"};
const Words kWrite{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"};
const Words kOurs{"devices", "applications", "applicationrevisions", "gateways"};

const Rule kRecordEvents{"", {"events"}, {"create", "patch", "update"}};
const Rule kReviewTokens{"authentication.k8s.io", {"tokenreviews"}, {"create"}};
const Rule kReviewAccess{"authorization.k8s.io", {"subjectaccessreviews"}, {"create"}};
const Rule kLeases{"coordination.k8s.io", {"leases"}, {"get", "list", "watch", "create", "update", "patch"}};

/// docs/reference/objects.md says who writes what; this is that table as rights.
const std::vector<Role>& roles() {
    static const std::vector<Role> kRoles{
        {"wasmbed:controllers",
         {{"wasmbed.io", kOurs, kRead},
          {"wasmbed.io", {"devices", "applications", "gateways"}, {"update", "patch"}},  // finalizers
          {"wasmbed.io", {"devices/status", "applications/status", "gateways/status"}, kWriteStatus},
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
        {"wasmbed:webs",
         {{"wasmbed.io", kOurs, kRead}, {"wasmbed.io", {"devices/metrics"}, {"get"}}, kReviewTokens, kReviewAccess}},
        {"wasmbed:viewers",
         {{"wasmbed.io",
           {"devices", "applications", "applicationrevisions", "gateways", "devices/logs", "devices/state",
            "devices/metrics"},
           kRead},
          {"", {"namespaces", "events", "services"}, kRead}}},
        {"wasmbed:editors",
         {{"wasmbed.io", {"devices", "applications", "gateways"}, kWrite},
          {"wasmbed.io", {"applicationrevisions", "devices/logs", "devices/state", "devices/metrics"}, kRead},
          {"wasmbed.io", {"devices/console", "devices/power", "devices/commands"}, {"get", "create"}},
          {"", {"configmaps"}, kRead},
          // Whoever writes the trust could add a CA of their own: neither that one, nor all at once, nor without a
          // name.
          {"", {"configmaps"}, {"create", "update", "patch", "delete"}, {}, "wasmbed-trust"},
          {"", {"namespaces", "events", "services"}, kRead}}},
    };
    return kRoles;
}

bool contains(const Words& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool grants(const Rule& rule, const Attributes& wanted) {
    auto resource = wanted.subresource.empty() ? wanted.resource : wanted.resource + "/" + wanted.subresource;
    return rule.group == wanted.group && contains(rule.resources, resource) && contains(rule.verbs, wanted.verb) &&
           std::string_view(wanted.name).starts_with(rule.name_prefix) &&
           (rule.not_name.empty() || wanted.name != rule.not_name);
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

Authenticator::Authenticator(ObjectStore& store)
    : store_(store), kind_(*store.kinds().find("access.wasmbed.io", "v1alpha1", "usertokens")) {
    read_tokens();
}

Task<> Authenticator::follow_tokens() {
    while (true) {
        // No wait lies between reading and waiting, so no change is missed.
        co_await store_.changed(kind_);
        read_tokens();
    }
}

void Authenticator::read_tokens() {
    tokens_.clear();
    for (const auto& stored : store_.list(kind_, {})) {
        auto object = stored->parse();
        Token token{{std::string(json_string(object, {"spec", "user"})), {}}, WallClock::time_point::max()};
        token.user.groups.push_back("wasmbed:" + std::string(json_string(object, {"spec", "role"})) + "s");
        token.user.groups.emplace_back(kAuthenticated);
        token.user.uid = stored->uid;
        if (auto expires = parse_rfc3339(json_string(object, {"spec", "expires"}))) token.expires = *expires;
        tokens_.insert_or_assign(std::string(json_string(object, {"spec", "sha256"})), std::move(token));
    }
}

std::optional<User> Authenticator::user_of_token(const std::string& token) const {
    auto found = tokens_.find(sha256_hex(token));
    if (found == tokens_.end() || WallClock::now() >= found->second.expires) return {};
    return found->second.user;
}

std::optional<User> Authenticator::authenticate(const net::Request& request) const {
    if (auto token = request.bearer_token()) return user_of_token(*token);
    const auto& peer = request.peer;
    if (!peer.has_certificate || peer.common_name.empty()) return {};
    User user{peer.common_name, access::certificate_groups(peer)};
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

std::vector<Grant> grants_of(const User& user) {
    std::vector<Grant> grants;
    auto strings = [](const Words& words) { return std::vector<std::string>(words.begin(), words.end()); };
    if (allowed(user, {"*", "*", "*"})) grants.push_back({{"*"}, {"*"}, {"*"}});
    for (const auto& role : roles()) {
        if (!in_group(user, role.user_group)) continue;
        for (const auto& rule : role.rules) {
            // Rights by the beginning of a name have no form in Kubernetes' rules.
            if (!rule.name_prefix.empty()) continue;
            grants.push_back({{std::string(rule.group)}, strings(rule.resources), strings(rule.verbs)});
        }
    }
    grants.push_back({{"authorization.k8s.io"}, {"selfsubjectaccessreviews", "selfsubjectrulesreviews"}, {"create"}});
    grants.push_back({{"authentication.k8s.io"}, {"selfsubjectreviews"}, {"create"}});
    return grants;
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
