#include "services/web/sessions.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <openssl/rand.h>
#include <stdexcept>

#include "host/pki/encoding.hpp"

namespace wasmbed::web {
namespace {

constexpr std::size_t kNameBytes = 32;

std::string random_name() {
    std::array<unsigned char, kNameBytes> random;
    if (RAND_bytes(random.data(), int(random.size())) != 1) throw std::runtime_error("no random bytes");
    return pki::to_hex(Bytes(random.data(), random.size()));
}

}  // namespace

Task<> Session::ended() {
    using namespace boost::asio::experimental::awaitable_operators;
    while (!over && WallClock::now() < expires) {
        co_await (changed.wait() || sleep_for(expires - WallClock::now()));
    }
}

std::pair<SessionName, SessionPtr> Sessions::start(std::string token, std::string user,
                                                   std::vector<std::string> groups) {
    drop_expired();
    if (sessions_.size() >= kSessionsMax) {
        auto first = std::min_element(sessions_.begin(), sessions_.end(), [](const auto& a, const auto& b) {
            return a.second->expires < b.second->expires;
        });
        end(SessionPtr(first->second));
    }
    auto session = std::make_shared<Session>(io_);
    session->token = std::move(token);
    session->user = std::move(user);
    session->groups = std::move(groups);
    session->expires = WallClock::now() + kLifetime;
    auto name = random_name();
    sessions_.emplace(name, session);
    return {std::move(name), std::move(session)};
}

SessionPtr Sessions::find(const SessionName& name) {
    drop_expired();
    auto found = sessions_.find(name);
    return found == sessions_.end() ? nullptr : found->second;
}

void Sessions::end(const SessionPtr& session) {
    session->over = true;
    session->changed.notify_all();
    std::erase_if(sessions_, [&](const auto& entry) { return entry.second == session; });
}

std::optional<std::string> Sessions::make_code(std::string token) {
    drop_expired();
    if (codes_.size() >= kCodesMax) return std::nullopt;
    auto code = random_name();
    codes_.emplace(code, Code{std::move(token), WallClock::now() + kCodeLifetime});
    return code;
}

std::optional<std::string> Sessions::take_code(const std::string& code) {
    drop_expired();
    auto taken = codes_.extract(code);
    if (!taken) return std::nullopt;
    return std::move(taken.mapped().token);
}

void Sessions::drop_expired() {
    const auto now = WallClock::now();
    std::erase_if(sessions_, [now](const auto& entry) { return now >= entry.second->expires; });
    std::erase_if(codes_, [now](const auto& entry) { return now >= entry.second.expires; });
}

}  // namespace wasmbed::web
