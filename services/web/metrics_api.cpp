#include "services/web/metrics_api.hpp"

#include <charconv>
#include <optional>

#include "host/access/access.hpp"

namespace wasmbed::web {
namespace {

using access::status_response;

constexpr std::size_t kNamesMax = 50;
constexpr std::int64_t kRangeDefaultSeconds = 3600;

net::Response json_response(const json::value& value) {
    net::Response response;
    response.body = json::serialize(value) + "\n";
    return response;
}

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

std::int64_t seconds_of(WallClock::time_point time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

/// "-3600" counts from now; else RFC 3339.
std::optional<std::int64_t> parse_time(const std::string& text, std::int64_t now) {
    if (auto back = number(text); back && *back <= 0) return now + *back;
    if (auto time = parse_rfc3339(text)) return seconds_of(*time);
    return std::nullopt;
}

Result<SeriesStore::Range, std::string> parse_range(const net::Query& query) {
    SeriesStore::Range range;
    for (const auto& [name, value] : query) {
        if (name == "name") range.names.push_back(value);
    }
    if (range.names.empty() || range.names.size() > kNamesMax)
        return fail(std::string("1 to 50 times name=... is needed"));
    const auto now = seconds_of(WallClock::now());
    auto from = parse_time(query.get("from", std::to_string(-kRangeDefaultSeconds)), now);
    auto to = parse_time(query.get("to", "0"), now);
    if (!from || !to || *from > *to) {
        return fail(
            std::string("from and to are times (RFC 3339) or seconds before now (-3600), from the earlier one"));
    }
    const auto oldest = now - std::int64_t(SeriesStore::kSlots - 1) * SeriesStore::kStepSeconds;
    range.from = std::max(*from, oldest) / SeriesStore::kStepSeconds;
    range.to = std::max(std::min(*to, now), oldest) / SeriesStore::kStepSeconds;
    auto points = number(query.get("points", "300"));
    if (!points || *points < 1 || *points > std::int64_t(SeriesStore::kSlots)) {
        return fail("points must be 1 to " + std::to_string(SeriesStore::kSlots));
    }
    range.points = std::size_t(*points);
    range.rate = query.flag("rate");
    return range;
}

/// Slots from `from` (RFC 3339 or seconds before now) to now, within what is kept.
Result<json::object, std::string> usage_of(const net::Query& query, const std::string& device,
                                           const UsageStore& usage) {
    const auto now = seconds_of(WallClock::now());
    const auto from = parse_time(query.get("from", std::to_string(-kRangeDefaultSeconds)), now);
    if (!from || *from > now) return fail(std::string("from is a time (RFC 3339) or seconds before now (-3600)"));
    const auto last = now / UsageStore::kStepSeconds;
    const auto first = std::max(*from / UsageStore::kStepSeconds, last - std::int64_t(UsageStore::kSlots) + 1);
    return usage.query(device, first, last);
}

json::value describe_names(const Scraper& scraper) {
    json::array names;
    for (const auto& name : scraper.store().names()) {
        // Sum and count of a histogram are described with it.
        auto family = scraper.families().find(name);
        for (std::string_view end : {"_sum", "_count"}) {
            if (family != scraper.families().end() || !name.ends_with(end)) continue;
            family = scraper.families().find(name.substr(0, name.size() - end.size()));
        }
        const bool known = family != scraper.families().end();
        const bool gauge = known && family->second.type == "gauge";
        names.push_back(json::object{
            {"name", name}, {"type", gauge ? "gauge" : "counter"}, {"help", known ? family->second.help : ""}});
    }
    json::array targets;
    for (const auto& target : scraper.targets()) {
        json::object entry{
            {"role", target.role}, {"instance", target.instance}, {"up", target.up}, {"error", target.error}};
        entry["lastScrape"] = target.last_scrape ? json::value(rfc3339(*target.last_scrape)) : json::value();
        targets.push_back(std::move(entry));
    }
    return {{"names", std::move(names)}, {"targets", std::move(targets)}, {"leftOut", scraper.store().left_out()}};
}

}  // namespace

net::Response answer_metrics(const net::Request& request, const Scraper& scraper) {
    if (request.method != "GET") return status_response(405, "MethodNotAllowed", "only GET");
    if (request.path == "/metrics/names") return json_response(describe_names(scraper));
    if (const auto path = request.segments(); path.size() == 4 && path[1] == "devices") {
        auto found = usage_of(request.query, path[2] + "/" + path[3], scraper.usage());
        return found ? json_response(*found) : status_response(400, "BadRequest", found.error());
    }
    if (request.path != "/metrics/series") return status_response(404, "NotFound", "no such path");
    auto range = parse_range(request.query);
    if (!range) return status_response(400, "BadRequest", range.error());
    return json_response(scraper.store().query(*range));
}

}  // namespace wasmbed::web
