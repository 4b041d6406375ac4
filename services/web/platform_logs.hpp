// The roles' own logs, as `wasmbed up` keeps them in a folder: one file for each role.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "host/net/http_server.hpp"

namespace wasmbed::web {

/// One line that a role wrote (host/base/log.hpp). Views into the text that it was read from.
struct RoleLine {
    std::string_view time;   ///< RFC 3339; that of the line before for a line that is not ours, such as a stack trace
    std::string_view level;  ///< "error", "warn", "info", "debug"; likewise
    std::string_view text;
};

/// What a reader wants to see.
struct LogWish {
    std::vector<std::string> components = {};  ///< roles; empty: all
    std::string level = {};                    ///< this one and worse; empty: all
    std::string text = {};                     ///< part of the line, upper and lower case alike; empty: all
    std::string from = {}, to = {};            ///< RFC 3339 UTC, compared as text; empty: open
    std::size_t tail = 0;                      ///< lines to begin with, at most
};

/// The wish that the query of `GET /logs` expresses. The error says what is wrong with it.
Result<LogWish, std::string> log_wish_from(const net::Query& query);

/// Reads the folder's files. Each call reads what is there, blocking: the page cache holds what was just written.
class PlatformLogs {
  public:
    /// An empty folder: this process was not told where the logs are.
    explicit PlatformLogs(std::filesystem::path folder) : folder_(std::move(folder)) {}

    bool known() const { return !folder_.empty(); }

    /// How far each file was read, by its name.
    using Positions = std::map<std::string, std::uintmax_t>;

    /// The last `wish.tail` matching lines of all wished files, in order of time, as JSON lines
    /// `{"time","component","level","text"}`. At most kTailBytes of each file are looked at.
    std::string tail(const LogWish& wish, Positions& read_to) const;

    /// What was written since, likewise. A file that became shorter was begun anew: it is read from its start.
    std::string news(const LogWish& wish, Positions& read_to) const;

    static constexpr std::uintmax_t kTailBytes = 2 * 1024 * 1024;

  private:
    std::filesystem::path folder_;
};

/// Splits `text` into its lines; `before` is what the text is a continuation of.
std::vector<RoleLine> role_lines(std::string_view text, RoleLine before = {});

/// Answers `GET /logs`. The caller has checked that the user may read logs.
net::Response answer_logs(const net::Request& request, const PlatformLogs& logs);

}  // namespace wasmbed::web
