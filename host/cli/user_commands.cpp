#include "host/cli/user_commands.hpp"

#include <array>
#include <iomanip>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <ostream>

#include "host/base/time.hpp"
#include "host/pki/encoding.hpp"

namespace wasmbed::cli {
namespace {

constexpr kube::ResourceType kUserTokens{"access.wasmbed.io", "v1alpha1", "usertokens", "UserToken", false};
constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kSuffixLetters = 6;  // of the hash: tells the tokens of one user apart
constexpr std::string_view kElsewhere =
    "this API server has no user tokens; on a cluster, people get their credentials from the cluster";

std::string sha256_hex(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned int size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
    return pki::to_hex(Bytes(digest.data(), size));
}

/// Not found as such, and not an object that is missing: another API server.
bool has_no_tokens(const kube::ApiError& error) {
    return error.not_found();
}

Task<kube::ApiResult<json::array>> read_tokens(Context& context) {
    auto list = co_await context.client.list(kUserTokens, {});
    if (!list) co_return fail(list.error());
    const auto* items = json_array(*list, {"items"});
    co_return items ? *items : json::array();
}

}  // namespace

Task<kube::ApiResult<NewToken>> make_token(Context& context, std::string user, std::string role,
                                           std::optional<WallClock::time_point> expires) {
    std::array<unsigned char, kTokenBytes> random;
    if (RAND_bytes(random.data(), int(random.size())) != 1) throw std::runtime_error("no random bytes");
    const std::string token = "wasmbed-" + pki::to_hex(Bytes(random.data(), random.size()));
    const std::string hash = sha256_hex(token);
    json::object spec{{"user", user}, {"role", role}, {"sha256", hash}};
    if (expires) spec["expires"] = rfc3339(*expires);
    json::value object{{"metadata", {{"name", user + "-" + hash.substr(0, kSuffixLetters)}}},
                       {"spec", std::move(spec)}};
    auto made = co_await context.client.create(kUserTokens, {}, std::move(object));
    if (!made && has_no_tokens(made.error())) made.error().message = kElsewhere;
    if (!made) co_return fail(made.error());
    co_return NewToken{token, std::string(json_string(*made, {"metadata", "name"}))};
}

Task<> remove_expired_tokens(Context& context, std::string user) {
    auto tokens = co_await read_tokens(context);
    if (!tokens) co_return;
    for (const auto& token : *tokens) {
        const auto expires = parse_rfc3339(json_string(token, {"spec", "expires"}));
        if (json_string(token, {"spec", "user"}) != user || !expires || *expires > WallClock::now()) continue;
        co_await context.client.remove(kUserTokens, {}, std::string(json_string(token, {"metadata", "name"})));
    }
}

Task<int> create_user(Context& context, NewUser user) {
    std::optional<WallClock::time_point> expires;
    if (user.days > 0) expires = WallClock::now() + std::chrono::days(user.days);
    auto made = co_await make_token(context, user.name, user.role, expires);
    if (!made && has_no_tokens(made.error())) co_return report(context, kElsewhere);
    if (!made) co_return report(context, made.error());
    context.out << made->token << std::endl;
    context.err << "token of " << user.name << " (" << user.role << "), named " << made->object
                << "; it is shown only now" << std::endl;
    co_return 0;
}

Task<int> list_users(Context& context) {
    auto tokens = co_await read_tokens(context);
    if (!tokens && has_no_tokens(tokens.error())) co_return report(context, kElsewhere);
    if (!tokens) co_return report(context, tokens.error());
    const auto line = [&](std::string_view name, std::string_view user, std::string_view role, std::string_view end) {
        context.out << std::left << std::setw(32) << name << std::setw(24) << user << std::setw(8) << role << end
                    << "\n";
    };
    line("TOKEN", "USER", "ROLE", "EXPIRES");
    for (const auto& token : *tokens) {
        line(json_string(token, {"metadata", "name"}), json_string(token, {"spec", "user"}),
             json_string(token, {"spec", "role"}), json_string(token, {"spec", "expires"}, "never"));
    }
    co_return 0;
}

Task<int> revoke_user(Context& context, std::string name) {
    auto tokens = co_await read_tokens(context);
    if (!tokens && has_no_tokens(tokens.error())) co_return report(context, kElsewhere);
    if (!tokens) co_return report(context, tokens.error());
    int revoked = 0;
    for (const auto& token : *tokens) {
        const std::string id(json_string(token, {"metadata", "name"}));
        if (json_string(token, {"spec", "user"}) != name && id != name) continue;
        auto removed = co_await context.client.remove(kUserTokens, {}, id);
        if (!removed && !removed.error().not_found()) co_return report(context, removed.error());
        context.out << "token " << id << " revoked" << std::endl;
        ++revoked;
    }
    if (revoked == 0) co_return report(context, "there is no user and no token \"" + name + "\"");
    co_return 0;
}

}  // namespace wasmbed::cli
