#include "services/apiserver/reviews.hpp"

namespace wasmbed::apiserver {
namespace {

json::object user_info(const User& user) {
    json::array groups;
    for (const auto& group : user.groups) groups.push_back(json::string(group));
    return {{"username", user.name}, {"groups", std::move(groups)}};
}

json::object review_token(const json::value& spec, const Authenticator& authenticator) {
    auto user = authenticator.user_of_token(std::string(json_string(spec, {"token"})));
    if (!user) return {{"authenticated", false}, {"error", "the token is unknown or has expired"}};
    return {{"authenticated", true}, {"user", user_info(*user)}};
}

/// Paths that are not resources: everybody who is known may read what discovery needs.
bool path_allowed(const User& user, const json::value& spec) {
    if (allowed(user, {"*", "*", "*"})) return true;
    auto path = json_string(spec, {"nonResourceAttributes", "path"});
    bool reading = json_string(spec, {"nonResourceAttributes", "verb"}) == "get";
    return reading && (path.starts_with("/api") || path.starts_with("/openapi") || path.starts_with("/version") ||
                       path == "/healthz" || path == "/livez" || path == "/readyz");
}

json::object review_access(const json::value& spec, const User& user) {
    const auto* resource = json_find(spec, {"resourceAttributes"});
    bool yes = false;
    if (resource) {
        auto text = [&](std::string_view name) { return std::string(json_string(*resource, {name})); };
        yes = allowed(user, {text("verb"), text("group"), text("resource"), text("subresource"), text("namespace"),
                             text("name")});
    } else {
        yes = path_allowed(user, spec);
    }
    json::object status{{"allowed", yes}};
    if (!yes) status["reason"] = "no role of the user's groups grants it";
    return status;
}

json::object list_rules(const User& user) {
    auto words = [](const std::vector<std::string>& from) {
        json::array array;
        for (const auto& word : from) array.push_back(json::string(word));
        return array;
    };
    json::array resources;
    for (const auto& grant : grants_of(user)) {
        resources.push_back(json::object{
            {"verbs", words(grant.verbs)}, {"apiGroups", words(grant.groups)}, {"resources", words(grant.resources)}});
    }
    json::array paths{"/api",       "/api/*",   "/apis",    "/apis/*", "/openapi",
                      "/openapi/*", "/version", "/healthz", "/livez",  "/readyz"};
    json::array others{json::object{{"verbs", json::array{"get"}}, {"nonResourceURLs", std::move(paths)}}};
    return {{"resourceRules", std::move(resources)}, {"nonResourceRules", std::move(others)}, {"incomplete", false}};
}

User user_in(const json::value& spec) {
    User user{std::string(json_string(spec, {"user"})), {}};
    if (const auto* groups = json_array(spec, {"groups"})) {
        for (const auto& group : *groups) {
            if (group.is_string()) user.groups.emplace_back(group.get_string());
        }
    }
    return user;
}

}  // namespace

const std::vector<ReviewKind>& review_kinds() {
    static const std::vector<ReviewKind> kKinds{
        {"authentication.k8s.io", "tokenreviews", "TokenReview"},
        {"authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"},
        {"authorization.k8s.io", "subjectaccessreviews", "SubjectAccessReview"},
        {"authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"},
        {"authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"},
    };
    return kKinds;
}

Outcome<json::value> answer_review(const ReviewKind& kind, json::value review, const User& user,
                                   const Authenticator& authenticator) {
    auto* object = review.if_object();
    if (!object) return fail(bad_request("the body must be a JSON object"));
    const auto* given = object->if_contains("spec");
    json::value spec = given && given->is_object() ? *given : json::value(json::object());
    (*object)["kind"] = kind.kind;
    (*object)["apiVersion"] = kind.group + "/v1";
    if (!object->contains("metadata")) (*object)["metadata"] = json::object{{"creationTimestamp", nullptr}};
    if (kind.kind == "TokenReview") {
        (*object)["status"] = review_token(spec, authenticator);
    } else if (kind.kind == "SelfSubjectReview") {
        (*object)["status"] = json::object{{"userInfo", user_info(user)}};
    } else if (kind.kind == "SelfSubjectRulesReview") {
        (*object)["status"] = list_rules(user);
    } else if (kind.kind == "SelfSubjectAccessReview") {
        (*object)["status"] = review_access(spec, user);
    } else {
        (*object)["status"] = review_access(spec, user_in(spec));
    }
    return review;
}

}  // namespace wasmbed::apiserver
