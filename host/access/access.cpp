#include "host/access/access.hpp"

#include <openssl/evp.h>
#include <stdexcept>

namespace wasmbed::access {
namespace {

json::object review_spec(const User& user, const Action& action) {
    json::object attributes{{"group", "wasmbed.io"},       {"version", "v1alpha1"},
                            {"verb", action.verb},         {"namespace", action.ns},
                            {"resource", action.resource}, {"subresource", action.subresource}};
    if (!action.name.empty()) attributes["name"] = action.name;
    json::array groups(user.groups.begin(), user.groups.end());
    return {{"user", user.name}, {"groups", std::move(groups)}, {"resourceAttributes", std::move(attributes)}};
}

std::string describe(const Action& action) {
    return action.verb + " " + action.resource + (action.subresource.empty() ? "" : "/" + action.subresource) +
           (action.name.empty() ? "" : " \"" + action.name + "\"") + " in namespace \"" + action.ns + "\"";
}

net::Response unavailable(const kube::ApiError& error) {
    return status_response(503, "ServiceUnavailable",
                           "the API server cannot be asked whether this is allowed: " + error.message);
}

net::Response invalid_token() {
    return status_response(401, "Unauthorized", "the bearer token is not valid");
}

net::Response forbidden(const User& user, const Action& action) {
    return status_response(403, "Forbidden", "user \"" + user.name + "\" may not " + describe(action));
}

/// Tokens themselves are not kept.
Digest digest_of(std::string_view token) {
    Digest digest{};
    if (EVP_Digest(token.data(), token.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1) {
        throw std::runtime_error("SHA-256 failed");
    }
    return digest;
}

}  // namespace

net::Response status_response(int code, std::string reason, std::string message) {
    const json::object status{{"apiVersion", "v1"}, {"kind", "Status"}, {"status", "Failure"},
                              {"code", code},       {"reason", reason}, {"message", message}};
    net::Response response;
    response.status = code;
    response.body = json::serialize(status) + "\n";
    return response;
}

std::vector<std::string> certificate_groups(const net::Peer& peer) {
    std::vector<std::string> groups = peer.organizations;
    if (peer.ca == kServiceCa) {
        std::erase_if(groups, [](const std::string& group) {
            return !group.starts_with("wasmbed:") || group == "wasmbed:admins";
        });
    }
    return groups;
}

Task<Result<User, net::Response>> Reviewer::identify(const net::Request& request) {
    const auto token = request.bearer_token();
    if (!token && request.peer.has_certificate) {
        co_return User{request.peer.common_name, certificate_groups(request.peer)};
    }
    if (!token)
        co_return fail(status_response(401, "Unauthorized", "a client certificate or a bearer token is needed"));
    const Digest digest = digest_of(*token);
    if (const auto* known = users_.find(digest, Clock::now())) {
        if (*known) co_return **known;
        co_return fail(invalid_token());
    }
    json::value review{
        {"apiVersion", kube::kTokenReviews.api_version()}, {"kind", "TokenReview"}, {"spec", {{"token", *token}}}};
    auto answer = co_await client_.create(kube::kTokenReviews, "", std::move(review));
    if (!answer) co_return fail(unavailable(answer.error()));
    if (!json_bool(*answer, {"status", "authenticated"})) {
        users_.keep(digest, std::nullopt, Clock::now());
        co_return fail(invalid_token());
    }
    User user{std::string(json_string(*answer, {"status", "user", "username"})), {}};
    if (const json::array* groups = json_array(*answer, {"status", "user", "groups"})) {
        for (const json::value& group : *groups) {
            if (group.is_string()) user.groups.emplace_back(group.get_string());
        }
    }
    users_.keep(digest, user, Clock::now());
    co_return user;
}

Task<std::optional<net::Response>> Reviewer::refuse(const net::Request& request, Action action) {
    auto user = co_await identify(request);
    if (!user) co_return std::move(user.error());
    const std::pair asked{*user, action};
    if (const bool* known = allowed_.find(asked, Clock::now())) {
        if (*known) co_return std::nullopt;
        co_return forbidden(*user, action);
    }
    json::value review{{"apiVersion", kube::kSubjectAccessReviews.api_version()},
                       {"kind", "SubjectAccessReview"},
                       {"spec", review_spec(*user, action)}};
    auto answer = co_await client_.create(kube::kSubjectAccessReviews, "", std::move(review));
    if (!answer) co_return unavailable(answer.error());
    const bool allowed = json_bool(*answer, {"status", "allowed"});
    allowed_.keep(asked, allowed, Clock::now());
    if (allowed) co_return std::nullopt;
    co_return forbidden(*user, action);
}

}  // namespace wasmbed::access
