#include "services/gateway/http_api.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <charconv>

#include "host/base/log.hpp"

namespace wasmbed::gateway {
namespace {

/// Lines of history when the caller does not say how many, and at most.
constexpr std::size_t kTailDefault = 100;
constexpr std::size_t kTailMax = 10'000;

std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> parts;
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        if (comma != 0) parts.emplace_back(list.substr(0, comma));
        list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    }
    return parts;
}

std::optional<std::size_t> parse_count(std::string_view text) {
    std::size_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || end != text.data() + text.size() || count > kTailMax) return std::nullopt;
    return count;
}

net::Response not_found(std::string message) {
    return access::status_response(404, "NotFound", std::move(message));
}

/// How often a stream asks whether its reader still may read.
constexpr std::chrono::seconds kReviewPeriod{5};

/// Records as they come, as long as the reader has the right to them.
class FollowBody final : public net::StreamBody {
  public:
    FollowBody(access::Reviewer& reviewer, net::Request request, access::Action action, RecordStore& records,
               RecordFilter filter, std::size_t tail)
        : reviewer_(reviewer),
          request_(std::move(request)),
          action_(std::move(action)),
          records_(records),
          filter_(std::move(filter)),
          tail_(tail) {}

    Task<> run(net::BodyWriter& writer) override {
        const std::shared_ptr<RecordFollower> follower = co_await records_.follow(filter_, tail_);
        auto review_at = SteadyClock::now() + kReviewPeriod;
        boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor};
        const auto arm = [&timer, &follower](SteadyClock::time_point when) {
            timer.expires_at(when);
            timer.async_wait([who = std::weak_ptr(follower)](const boost::system::error_code& cancelled) {
                const auto reader = who.lock();
                if (!cancelled && reader) reader->nudge();
            });
        };
        arm(review_at);
        for (;;) {
            std::string lines = co_await follower->next();
            if (SteadyClock::now() >= review_at) {
                if (co_await ended()) co_return;
                arm(review_at = SteadyClock::now() + kReviewPeriod);
            }
            co_await writer.write(std::move(lines));
        }
    }

  private:
    /// While the API server cannot be asked, the last answer counts.
    Task<bool> ended() {
        const auto refused = co_await reviewer_.refuse(request_, action_);
        if (!refused || refused->status == 503) co_return false;
        log_info("record stream ends: its reader may not read any more", {{"address", request_.peer.address}});
        co_return true;
    }

    access::Reviewer& reviewer_;
    net::Request request_;
    access::Action action_;
    RecordStore& records_;
    RecordFilter filter_;
    std::size_t tail_;
};

}  // namespace

Task<net::Response> HttpApi::handle(net::Request request) {
    const std::vector<std::string> path = request.segments();
    if (path.size() == 1 && (path[0] == "healthz" || path[0] == "readyz")) co_return net::Response::text(200, "ok");
    if (path.size() == 1 && path[0] == "metrics") co_return co_await metrics(std::move(request));
    if (request.method == "GET" && request.path == "/v1/usage") co_return co_await usage(std::move(request));
    if (path.size() < 4 || path[0] != "v1" || path[1] != "namespaces") co_return not_found("no such path");
    if (request.method != "GET") co_return access::status_response(405, "MethodNotAllowed", "only GET");
    if (path.size() == 4 && path[3] == "records") co_return co_await records(std::move(request), path[2]);
    if (path.size() == 6 && path[3] == "devices" && path[5] == "state") {
        co_return co_await state(std::move(request), path[2], path[4]);
    }
    co_return not_found("no such path");
}

/// The counts are of all namespaces, so reading them needs the right in all.
Task<net::Response> HttpApi::metrics(net::Request request) {
    auto refused = co_await reviewer_.refuse(
        request, {.verb = "get", .ns = "", .resource = "devices", .subresource = "metrics", .name = ""});
    if (refused) co_return std::move(*refused);
    net::Response response = net::Response::text(200, metrics_());
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    co_return response;
}

/// Of all namespaces, as the metrics.
Task<net::Response> HttpApi::usage(net::Request request) {
    auto refused = co_await reviewer_.refuse(
        request, {.verb = "get", .ns = "", .resource = "devices", .subresource = "metrics", .name = ""});
    if (refused) co_return std::move(*refused);
    net::Response response;
    response.content_type = "application/x-ndjson";
    response.body = sessions_.usage_lines();
    co_return response;
}

Task<net::Response> HttpApi::records(net::Request request, std::string ns) {
    RecordFilter filter{};
    filter.ns = ns;
    filter.device = request.query.get("device");
    filter.app = request.query.get("app");
    auto refused = co_await reviewer_.refuse(
        request, {.verb = "get", .ns = ns, .resource = "devices", .subresource = "logs", .name = filter.device});
    if (refused) co_return std::move(*refused);
    const auto tail = parse_count(request.query.get("tail", std::to_string(kTailDefault)));
    if (!tail)
        co_return access::status_response(400, "BadRequest",
                                          "tail must be a number from 0 to " + std::to_string(kTailMax));

    for (const std::string& name : split(request.query.get("kinds"))) {
        const auto kind = record_kind_of(name);
        if (!kind) co_return access::status_response(400, "BadRequest", "kinds: there is no kind '" + name + "'");
        filter.kinds |= RecordFilter::bit(*kind);
    }

    for (auto [name, limit] : {std::pair("from", &filter.from), std::pair("to", &filter.to)}) {
        const std::string text = request.query.get(name);
        const auto time = text.empty() ? std::optional(*limit) : parse_rfc3339(text);
        if (!time)
            co_return access::status_response(
                400, "BadRequest",
                std::string(name) + " must be a time such as 2026-11-21T18:30:00Z, not '" + text + "'");
        *limit = *time;
    }

    net::Response response;
    response.content_type = "application/x-ndjson";
    if (request.query.flag("follow")) {
        access::Action action{
            .verb = "get", .ns = ns, .resource = "devices", .subresource = "logs", .name = filter.device};
        response.stream =
            std::make_unique<FollowBody>(reviewer_, std::move(request), std::move(action), records_, filter, *tail);
    } else {
        response.body = co_await records_.tail(filter, *tail);
    }
    co_return response;
}

Task<net::Response> HttpApi::state(net::Request request, std::string ns, std::string name) {
    auto refused = co_await reviewer_.refuse(
        request, {.verb = "get", .ns = ns, .resource = "devices", .subresource = "state", .name = name});
    if (refused) co_return std::move(*refused);
    const kube::ObjectPtr device = view_.device(kube::ObjectKey{ns, name});
    if (!device) co_return not_found("there is no Device " + ns + "/" + name);
    const std::string uid(json_string(*device, {"metadata", "uid"}));
    const DeviceState* state = sessions_.state(uid);
    if (state == nullptr) co_return not_found("this gateway has not heard of the device since it started");
    net::Response response;
    json::object body = state->to_json();
    if (auto desired = sessions_.desired(uid)) body["desired"] = std::move(*desired);
    response.body = json::serialize(body);
    co_return response;
}

}  // namespace wasmbed::gateway
