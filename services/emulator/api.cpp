#include "services/emulator/api.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "host/base/metrics_text.hpp"
#include "services/emulator/board_catalog.hpp"

namespace wasmbed::emulator {
namespace {

using access::status_response;
using BoardPtr = std::shared_ptr<EmulatedBoard>;

constexpr std::chrono::seconds kMonitorLimit{5};
constexpr std::chrono::seconds kTypeLimit{10};
constexpr std::chrono::seconds kStartLimit{2};
constexpr std::int64_t kDelayMsMax = 10'000;

// Raw bytes of the console from a position on.
class ConsoleStream final : public net::StreamBody {
  public:
    ConsoleStream(BoardPtr board, std::uint64_t position, bool follow)
        : board_(std::move(board)), position_(position), follow_(follow) {}

    Task<> run(net::BodyWriter& writer) override {
        for (;;) {
            std::string part = board_->console().read(position_);
            if (!part.empty()) {
                co_await writer.write(std::move(part));
            } else if (!follow_ || board_->gone()) {
                co_return;
            } else {
                co_await board_->console().wait_for_more();
            }
        }
    }

  private:
    BoardPtr board_;
    std::uint64_t position_;
    bool follow_;
};

// One JSON object per line.
class EventStream final : public net::StreamBody {
  public:
    EventStream(BoardPtr board, bool follow) : board_(std::move(board)), follow_(follow) {}

    Task<> run(net::BodyWriter& writer) override {
        json::value event;
        for (;;) {
            if (board_->events().read(position_, event)) {
                co_await writer.write(json::serialize(event) + "\n");
            } else if (!follow_ || board_->gone()) {
                co_return;
            } else {
                co_await board_->events().wait_for_more();
            }
        }
    }

  private:
    BoardPtr board_;
    std::uint64_t position_ = 0;
    bool follow_;
};

net::Response stream_response(std::string content_type, std::unique_ptr<net::StreamBody> body) {
    net::Response response;
    response.content_type = std::move(content_type);
    response.stream = std::move(body);
    return response;
}

net::Response json_response(const json::value& value) {
    net::Response response;
    response.body = json::serialize(value) + "\n";
    return response;
}

net::Response ok_response() {
    return json_response({{"status", "Success"}});
}

// A number in the query; none when it is absent or no number.
std::optional<std::uint64_t> number(const net::Query& query, std::string_view name) {
    const auto text = query.find(name);
    std::uint64_t value = 0;
    if (!text) return std::nullopt;
    const char* end = text->data() + text->size();
    const auto parsed = std::from_chars(text->data(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    return value;
}

net::Response get_console(const BoardPtr& board, const net::Query& query) {
    for (const char* name : {"tail", "from"}) {
        if (query.find(name) && !number(query, name))
            return status_response(400, "BadRequest", std::string(name) + " must be a number of bytes");
    }
    std::uint64_t position = number(query, "from").value_or(0);
    if (const auto tail = number(query, "tail")) position = std::max(position, board->console().start_of_tail(*tail));
    return stream_response("application/octet-stream",
                           std::make_unique<ConsoleStream>(board, position, query.flag("follow")));
}

Task<net::Response> type_into_console(BoardPtr board, std::string writer, std::string body) {
    auto typed = co_await board->input().write(std::move(writer), std::move(body), OpContext::within(kTypeLimit));
    if (!typed) co_return status_response(409, "Conflict", typed.error());
    co_return ok_response();
}

Task<net::Response> switch_power(BoardPtr board, std::string body) {
    auto wish = parse_json(body);
    const std::string action(wish ? json_string(*wish, {"action"}) : std::string_view());
    if (action == "on") {
        board->power_on();
        co_await board->await_start(kStartLimit);  // what is asked of the board next finds it running
    } else if (action == "off") {
        board->power_off();
    } else if (action == "reset") {
        auto done = co_await board->reset(OpContext::within(kMonitorLimit));
        if (!done) co_return status_response(409, "Conflict", done.error());
    } else {
        co_return status_response(400, "BadRequest", "the body must be {\"action\": \"on\"}, \"off\" or \"reset\"");
    }
    co_return ok_response();
}

Task<net::Response> get_leds(BoardPtr board) {
    auto leds = co_await board->read_leds(OpContext::within(kMonitorLimit));
    if (!leds) co_return status_response(409, "Conflict", leds.error());
    json::object states;
    for (const auto& [index, on] : *leds) states[std::to_string(index)] = on ? 1 : 0;
    co_return json_response({{"leds", std::move(states)}});
}

Task<net::Response> get_sensors(BoardPtr board) {
    auto values = co_await board->read_sensors(OpContext::within(kMonitorLimit));
    if (!values) co_return status_response(409, "Conflict", values.error());
    json::object sensors;
    for (const auto& [name, value] : *values) sensors[name] = value;
    co_return json_response({{"sensors", std::move(sensors)}});
}

Task<net::Response> set_sensors(BoardPtr board, std::string body) {
    auto wishes = parse_json(body);
    if (!wishes || !wishes->is_object() || wishes->get_object().empty())
        co_return status_response(400, "BadRequest", "the body must be {\"<sensor>\": <number>, ...}");
    for (const auto& [name, value] : wishes->get_object()) {
        if (!value.is_number())
            co_return status_response(400, "BadRequest", "the value of " + std::string(name) + " must be a number");
    }
    for (const auto& [name, value] : wishes->get_object()) {
        auto done =
            co_await board->set_sensor(std::string(name), value.to_number<double>(), OpContext::within(kMonitorLimit));
        if (!done) co_return status_response(409, "Conflict", done.error());
    }
    co_return ok_response();
}

Task<net::Response> switch_link(BoardPtr board, std::string body) {
    auto wish = parse_json(body);
    const std::string action(wish ? json_string(*wish, {"action"}) : std::string_view());
    const std::int64_t delay_ms = wish ? json_int(*wish, {"milliseconds"}) : 0;
    if (action != "cut" && action != "restore" && action != "delay")
        co_return status_response(400, "BadRequest",
                                  "the body must be {\"action\": \"cut\"}, \"restore\" or \"delay\"");
    if (action == "delay" && (delay_ms < 1 || delay_ms > kDelayMsMax))
        co_return status_response(400, "BadRequest", "delay needs milliseconds, 1 to " + std::to_string(kDelayMsMax));
    const std::chrono::milliseconds delay(action == "delay" ? delay_ms : 0);
    auto done = co_await board->set_link(action != "cut", delay, OpContext::within(kMonitorLimit));
    if (!done) co_return status_response(409, "Conflict", done.error());
    co_return ok_response();
}

Task<net::Response> switch_clock(BoardPtr board, std::string body) {
    auto wish = parse_json(body);
    const std::string speed(wish ? json_string(*wish, {"speed"}) : std::string_view());
    if (speed != "fast" && speed != "real")
        co_return status_response(400, "BadRequest", "the body must be {\"speed\": \"fast\"} or \"real\"");
    auto done = co_await board->set_clock(speed == "fast");
    if (!done) co_return status_response(409, "Conflict", done.error());
    co_return ok_response();
}

// Verb and subresource that each part of the API needs; an empty subresource: there is no such thing.
struct Route {
    std::string verb;
    std::string subresource;
};

Route route_of(const std::string& method, const std::string& leaf) {
    if (leaf == "console" && method == "GET") return {"get", "console"};
    if (leaf == "console" && method == "POST") return {"create", "console"};
    if ((leaf == "power" || leaf == "sensors" || leaf == "link" || leaf == "clock") && method == "POST")
        return {"create", "power"};
    if ((leaf == "leds" || leaf == "sensors" || leaf == "events") && method == "GET") return {"get", "console"};
    return {};
}

}  // namespace

Task<net::Response> EmulatorApi::handle(net::Request request) {
    if (request.method == "GET" && request.path == "/readyz") co_return net::Response::text(200, "ok\n");
    if (request.method == "GET" && request.path == "/v1/boards") co_return co_await get_boards(std::move(request));
    if (request.method == "GET" && request.path == "/metrics") co_return co_await get_metrics(std::move(request));
    const std::vector<std::string> path = request.segments();
    const bool shaped = path.size() == 6 && path[0] == "v1" && path[1] == "namespaces" && path[3] == "devices";
    const Route route = shaped ? route_of(request.method, path[5]) : Route{};
    if (route.subresource.empty())
        co_return status_response(404, "NotFound",
                                  request.method + " " + request.path + " is not part of the emulator's API");
    const kube::ObjectKey key{path[2], path[4]};
    access::Action action{.verb = route.verb, .ns = key.ns, .subresource = route.subresource, .name = key.name};
    auto refused = co_await reviewer_.refuse(request, std::move(action));
    if (refused) co_return std::move(*refused);
    const BoardPtr board = fleet_.find(key);
    if (!board) co_return status_response(404, "NotFound", fleet_.why_absent(key));

    if (path[5] == "events")
        co_return stream_response("application/x-ndjson",
                                  std::make_unique<EventStream>(board, request.query.flag("follow")));
    if (path[5] == "leds") co_return co_await get_leds(board);
    if (path[5] == "sensors" && request.method == "GET") co_return co_await get_sensors(board);
    if (path[5] == "sensors") co_return co_await set_sensors(board, std::move(request.body));
    if (path[5] == "link") co_return co_await switch_link(board, std::move(request.body));
    if (path[5] == "clock") co_return co_await switch_clock(board, std::move(request.body));
    if (path[5] == "power") co_return co_await switch_power(board, std::move(request.body));
    if (request.method == "POST")
        co_return co_await type_into_console(board, request.query.find("writer").value_or(""), std::move(request.body));
    co_return get_console(board, request.query);
}

// Who may see Devices may know which boards there could be.
Task<net::Response> EmulatorApi::get_boards(net::Request request) {
    auto refused = co_await reviewer_.refuse(request, {.verb = "list", .ns = "", .subresource = "", .name = ""});
    if (refused) co_return std::move(*refused);
    auto boards = co_await describe_boards(firmware_dir_);
    co_return json_response({{"boards", std::move(boards)}});
}

Task<net::Response> EmulatorApi::get_metrics(net::Request request) {
    auto refused = co_await reviewer_.refuse(request, {.verb = "get", .ns = "", .subresource = "metrics", .name = ""});
    if (refused) co_return std::move(*refused);
    constexpr char kBoards[] = "wasmbed_emulator_boards";
    std::string out;
    metric_head(out, kBoards, "gauge", "Boards that this emulator looks after, running or not.");
    metric_sample(out, kBoards, {}, double(fleet_.size()));
    process_metrics(out);
    auto response = net::Response::text(200, std::move(out));
    response.content_type = kMetricsContentType;
    co_return response;
}

}  // namespace wasmbed::emulator
