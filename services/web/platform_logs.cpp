#include "services/web/platform_logs.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>

#include "host/access/access.hpp"
#include "host/base/json.hpp"
#include "host/base/task.hpp"
#include "host/base/time.hpp"

namespace wasmbed::web {
namespace {

/// The roles that `wasmbed up` starts; the folder has audit logs as well, which are for administrators.
constexpr std::string_view kRoles[] = {"apiserver", "controller", "gateway", "emulator", "web"};
/// Worst first.
constexpr std::string_view kLevels[] = {"error", "warn", "info", "debug"};
constexpr std::size_t kTailDefault = 500;
constexpr std::size_t kTailMax = 10'000;
/// The files are written by other processes: looking at their sizes this often is what following them costs.
constexpr std::chrono::milliseconds kLookPeriod{300};

/// "2026-11-21T15:12:34.123Z warn  gateway: text". Nothing when the line has another shape.
std::optional<RoleLine> parse_line(std::string_view line) {
    const auto blank = line.find(' ');
    if (blank == line.npos || blank < 20 || line[blank - 1] != 'Z' || line[4] != '-' || line[10] != 'T') return {};
    auto rest = line.substr(blank + 1);
    const auto level = rest.substr(0, rest.find(' '));
    if (std::ranges::find(kLevels, level) == std::end(kLevels)) return {};
    rest.remove_prefix(level.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    const auto name_end = rest.find(": ");
    if (name_end == rest.npos) return {};
    return RoleLine{line.substr(0, blank), level, rest.substr(name_end + 2)};
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    return out;
}

std::size_t rank(std::string_view level) {
    return static_cast<std::size_t>(std::ranges::find(kLevels, level) - std::begin(kLevels));
}

bool wanted(const LogWish& wish, const RoleLine& line, std::string_view component) {
    if (!wish.level.empty() && rank(line.level) > rank(wish.level)) return false;
    if (!wish.from.empty() && line.time < wish.from) return false;
    if (!wish.to.empty() && line.time > wish.to) return false;
    if (wish.text.empty()) return true;
    return lower(line.text).contains(lower(wish.text)) || component.contains(lower(wish.text));
}

bool wanted(const LogWish& wish, std::string_view component) {
    return wish.components.empty() || std::ranges::find(wish.components, component) != wish.components.end();
}

std::uintmax_t size_of(const std::filesystem::path& file) {
    std::error_code missing;
    const auto size = std::filesystem::file_size(file, missing);
    return missing ? 0 : size;
}

/// Whole lines of a file from `from`, which moves behind them.
std::string read_lines(const std::filesystem::path& file, std::uintmax_t& from) {
    const auto size = size_of(file);
    if (size < from) from = 0;
    std::string text(std::min(size - from, PlatformLogs::kTailBytes), '\0');
    if (text.empty()) return text;
    std::ifstream in(file, std::ios::binary);
    in.seekg(static_cast<std::streamoff>(from));
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
    // A line that is still being written is left for the next time, unless it is longer than all that is read.
    const auto end = text.rfind('\n');
    if (end != text.npos || text.size() < PlatformLogs::kTailBytes) text.resize(end + 1);  // npos + 1 is 0
    from += text.size();
    return text;
}

/// JSON lines by time; those of one time stay in the order in which they came.
using Found = std::multimap<std::string, std::string>;

void collect(Found& found, const LogWish& wish, std::string_view component, std::string_view text) {
    for (const RoleLine& line : role_lines(text)) {
        if (!wanted(wish, line, component)) continue;
        const json::object entry{
            {"time", line.time}, {"component", component}, {"level", line.level}, {"text", line.text}};
        found.emplace(line.time, json::serialize(entry) + "\n");
    }
}

std::string last_of(const Found& found, std::size_t most) {
    const auto skipped = found.size() > most ? found.size() - most : 0;
    std::string out;
    for (auto at = std::next(found.begin(), std::ptrdiff_t(skipped)); at != found.end(); ++at) out += at->second;
    return out;
}

class FollowLogs final : public net::StreamBody {
  public:
    FollowLogs(const PlatformLogs& logs, LogWish wish) : logs_(logs), wish_(std::move(wish)) {}

    Task<> run(net::BodyWriter& writer) override {
        PlatformLogs::Positions read_to;
        co_await writer.write(logs_.tail(wish_, read_to));
        for (;;) {
            co_await sleep_for(kLookPeriod);
            auto lines = logs_.news(wish_, read_to);
            if (!lines.empty()) co_await writer.write(std::move(lines));
        }
    }

  private:
    const PlatformLogs& logs_;
    LogWish wish_;
};

}  // namespace

Result<LogWish, std::string> log_wish_from(const net::Query& query) {
    LogWish wish{.level = query.get("level"), .text = query.get("text"), .tail = kTailDefault};
    if (!wish.level.empty() && rank(wish.level) == std::size(kLevels))
        return fail("there is no level \"" + wish.level + "\": error, warn, info or debug");
    for (const auto& [name, value] : query) {
        if (name != "component") continue;
        if (std::ranges::find(kRoles, value) == std::end(kRoles))
            return fail("there is no component \"" + value + "\": apiserver, controller, gateway, emulator or web");
        wish.components.push_back(value);
    }
    for (auto [name, to] : {std::pair("from", &wish.from), std::pair("to", &wish.to)}) {
        const std::string text = query.get(name);
        if (text.empty()) continue;
        const auto time = parse_rfc3339(text);
        if (!time) return fail(std::string(name) + " must be a time (RFC 3339)");
        *to = rfc3339_micro(*time);
    }
    const std::string tail = query.get("tail");
    if (tail.empty()) return wish;
    const auto parsed = std::from_chars(tail.data(), tail.data() + tail.size(), wish.tail);
    if (parsed.ec != std::errc() || parsed.ptr != tail.data() + tail.size() || wish.tail > kTailMax)
        return fail("tail must be a number from 0 to " + std::to_string(kTailMax));
    return wish;
}

std::vector<RoleLine> role_lines(std::string_view text, RoleLine before) {
    std::vector<RoleLine> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
        if (line.empty()) continue;
        before = parse_line(line).value_or(RoleLine{before.time, before.level, line});
        lines.push_back(before);
    }
    return lines;
}

std::string PlatformLogs::tail(const LogWish& wish, Positions& read_to) const {
    Found found;
    for (const std::string_view role : kRoles) {
        if (!wanted(wish, role)) continue;
        const auto file = folder_ / (std::string(role) + ".log");
        const auto size = size_of(file);
        auto& at = read_to[std::string(role)];
        at = size > kTailBytes ? size - kTailBytes : 0;
        const bool cut = at > 0;
        const std::string text = read_lines(file, at);
        // The first line may have begun before what was read.
        collect(found, wish, role, cut ? std::string_view(text).substr(text.find('\n') + 1) : std::string_view(text));
    }
    return last_of(found, wish.tail);
}

std::string PlatformLogs::news(const LogWish& wish, Positions& read_to) const {
    Found found;
    for (auto& [role, at] : read_to) {
        const std::string text = read_lines(folder_ / (role + ".log"), at);
        collect(found, wish, role, text);
    }
    return last_of(found, kTailMax);
}

net::Response answer_logs(const net::Request& request, const PlatformLogs& logs) {
    using access::status_response;
    if (request.method != "GET") return status_response(405, "MethodNotAllowed", "only GET");
    if (request.path != "/logs") return status_response(404, "NotFound", "no such path");
    if (!logs.known()) {
        return status_response(404, "NotFound",
                               "the roles' logs are not in files here: on a cluster `kubectl logs` shows them");
    }
    auto wish = log_wish_from(request.query);
    if (!wish) return status_response(400, "BadRequest", wish.error());
    net::Response response;
    response.content_type = "application/x-ndjson";
    if (request.query.flag("follow")) {
        response.stream = std::make_unique<FollowLogs>(logs, std::move(*wish));
        return response;
    }
    PlatformLogs::Positions ignored;
    response.body = logs.tail(*wish, ignored);
    return response;
}

}  // namespace wasmbed::web
