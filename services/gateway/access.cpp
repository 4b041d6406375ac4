#include "services/gateway/access.hpp"

#include "host/pki/openssl_crypto.hpp"

namespace wasmbed::gateway {
namespace {

/// As long as kube-apiserver's own webhooks remember a "yes" by default would be minutes; a revoked right should end
/// soon.
constexpr std::chrono::seconds kRemember{10};
constexpr std::size_t kRememberedMax = 1'000;

template <class Map>
void make_room(Map& map) {
    const auto now = SteadyClock::now();
    std::erase_if(map, [now](const auto& entry) { return entry.second.until <= now; });
    if (map.size() >= kRememberedMax) map.clear();
}

AccessDenied no_answer(const kube::ApiError& error) {
    return {503, "cannot ask the API server about your rights: " + error.message};
}

}  // namespace

Task<Result<User, AccessDenied>> Access::check(net::Peer peer, std::optional<std::string> token, AccessRequest wanted) {
    auto user = co_await authenticate(std::move(peer), std::move(token));
    if (!user) co_return fail(user.error());
    const auto allowed = co_await authorize(*user, wanted);
    if (!allowed) co_return fail(allowed.error());
    if (*allowed) co_return std::move(*user);
    co_return fail(AccessDenied{403, "user \"" + user->name + "\" cannot " + wanted.verb + " resource \"devices/" +
                                         wanted.subresource + "\" in API group \"wasmbed.io\" in the namespace \"" +
                                         wanted.ns + "\""});
}

Task<Result<User, AccessDenied>> Access::authenticate(net::Peer peer, std::optional<std::string> token) {
    if (!token && !peer.has_certificate) {
        co_return fail(AccessDenied{401, "a bearer token or a client certificate is needed"});
    }
    if (!token) {
        User user{peer.common_name, peer.organizations};
        user.groups.emplace_back("system:authenticated");
        co_return user;
    }
    const std::string key = pki::sha256_hex(bytes_of(*token));
    if (const auto known = logins_.find(key); known != logins_.end() && known->second.until > SteadyClock::now()) {
        if (known->second.user) co_return *known->second.user;
        co_return fail(AccessDenied{401, "the token is not valid"});
    }
    json::value review{{"apiVersion", kube::kTokenReviews.api_version()},
                       {"kind", kube::kTokenReviews.kind},
                       {"spec", {{"token", *token}}}};
    const auto answer = co_await client_.create(kube::kTokenReviews, "", std::move(review));
    if (!answer) co_return fail(no_answer(answer.error()));
    Login login{SteadyClock::now() + kRemember, std::nullopt};
    if (json_bool(*answer, {"status", "authenticated"})) {
        User user{std::string(json_string(*answer, {"status", "user", "username"})), {}};
        if (const json::array* groups = json_array(*answer, {"status", "user", "groups"})) {
            for (const json::value& group : *groups) {
                if (group.is_string()) user.groups.emplace_back(group.get_string());
            }
        }
        login.user = std::move(user);
    }
    make_room(logins_);
    logins_[key] = login;
    if (login.user) co_return *login.user;
    co_return fail(AccessDenied{401, "the token is not valid"});
}

Task<Result<bool, AccessDenied>> Access::authorize(User user, AccessRequest wanted) {
    json::array groups(user.groups.begin(), user.groups.end());
    json::object attributes{{"group", "wasmbed.io"}, {"version", "v1alpha1"},
                            {"resource", "devices"}, {"subresource", wanted.subresource},
                            {"verb", wanted.verb},   {"namespace", wanted.ns}};
    if (!wanted.name.empty()) attributes["name"] = wanted.name;
    json::object spec{
        {"user", user.name}, {"groups", std::move(groups)}, {"resourceAttributes", std::move(attributes)}};
    const std::string key = json::serialize(spec);
    if (const auto known = decisions_.find(key);
        known != decisions_.end() && known->second.until > SteadyClock::now()) {
        co_return known->second.allowed;
    }
    json::value review{{"apiVersion", kube::kSubjectAccessReviews.api_version()},
                       {"kind", kube::kSubjectAccessReviews.kind},
                       {"spec", std::move(spec)}};
    const auto answer = co_await client_.create(kube::kSubjectAccessReviews, "", std::move(review));
    if (!answer) co_return fail(no_answer(answer.error()));
    const bool allowed = json_bool(*answer, {"status", "allowed"});
    make_room(decisions_);
    decisions_[key] = {SteadyClock::now() + kRemember, allowed};
    co_return allowed;
}

}  // namespace wasmbed::gateway
