// Who is logged in. Tokens live here, in memory, and nowhere else; the browser holds a random name for one.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/base/task.hpp"
#include "host/base/time.hpp"

namespace wasmbed::web {

/// One login. Whatever goes on for long on its behalf waits for `ended`.
struct Session {
    explicit Session(IoContext& io) : changed(io) {}

    std::string token;  ///< the user's bearer token at the API server
    std::string user;
    std::vector<std::string> groups;
    WallClock::time_point expires;
    bool over = false;
    Notifier changed;  ///< notified when it is over

    /// Returns when the session was ended or has expired.
    Task<> ended();
};
using SessionPtr = std::shared_ptr<Session>;

/// The name that a browser shows for a session: 32 random bytes as hex.
using SessionName = std::string;

class Sessions {
  public:
    static constexpr std::chrono::hours kLifetime{12};
    static constexpr std::size_t kSessionsMax = 1000;
    static constexpr std::chrono::minutes kCodeLifetime{10};
    static constexpr std::size_t kCodesMax = 100;

    explicit Sessions(IoContext& io) : io_(io) {}

    /// A new session; with kSessionsMax of them the one that ends first makes room.
    std::pair<SessionName, SessionPtr> start(std::string token, std::string user, std::vector<std::string> groups);
    /// Null when there is none of that name, or no longer.
    SessionPtr find(const SessionName& name);
    void end(const SessionPtr& session);

    /// A code that logs in once, with `token`; none when kCodesMax codes wait already.
    std::optional<std::string> make_code(std::string token);
    /// The token of a code, which is spent with that; none when it is unknown, spent or older than kCodeLifetime.
    std::optional<std::string> take_code(const std::string& code);

  private:
    struct Code {
        std::string token;
        WallClock::time_point expires;
    };
    void drop_expired();

    IoContext& io_;
    std::map<SessionName, SessionPtr> sessions_;
    std::map<std::string, Code> codes_;
};

}  // namespace wasmbed::web
