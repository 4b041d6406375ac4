#include "services/apiserver/rest.hpp"

#include <algorithm>

#include "host/base/log.hpp"
#include "host/base/metrics_text.hpp"
#include "host/base/yaml.hpp"
#include "services/apiserver/discovery.hpp"
#include "services/apiserver/protobuf.hpp"
#include "services/apiserver/reviews.hpp"

namespace wasmbed::apiserver {
namespace {

using net::Request;
using net::Response;

/// As kube-apiserver: watches end by themselves after half an hour to an hour.
constexpr auto kWatchTimeout = std::chrono::minutes(45);

Response json_response(int status, std::string body) {
    Response response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

Response failure_response(const Failure& failure) {
    return json_response(failure.code, json::serialize(failure.status()));
}

/// An apply's body: YAML of one document, of which JSON is a part.
Outcome<json::value> config_of(const Request& request) {
    if (auto body = parse_json(request.body)) return std::move(*body);
    auto documents = parse_yaml(request.body);
    if (!documents) return fail(bad_request(documents.error()));
    if (documents->size() != 1) return fail(bad_request("the body of an apply must be one YAML document"));
    return std::move(documents->front());
}

/// The name of the object that an answer carries: the server may have made it.
std::string name_in(const std::string& body) {
    auto object = parse_json(body);
    return object ? std::string(json_string(*object, {"metadata", "name"})) : std::string();
}

/// Reviews ask and do not write.
bool is_write(const Attributes& wanted) {
    bool reads = wanted.verb == "get" || wanted.verb == "list" || wanted.verb == "watch";
    bool asks = wanted.group == "authentication.k8s.io" || wanted.group == "authorization.k8s.io";
    return !reads && !asks;
}

std::string list_text(const Kind& kind, const Page& page, json::object metadata) {
    std::string text = "{\"kind\":\"" + kind.list_kind() + "\",\"apiVersion\":\"" + kind.api_version() +
                       "\",\"metadata\":" + json::serialize(metadata) + ",\"items\":[";
    std::size_t size = text.size() + 2;
    for (const auto& object : page.objects) size += object->text->size() + 1;
    text.reserve(size);
    bool first = true;
    for (const auto& object : page.objects) {
        if (!first) text += ',';
        first = false;
        text += *object->text;
    }
    return text + "]}";
}

Response response_of(const Written& written) {
    auto response = json_response(written.code, *written.text);
    for (const auto& warning : written.warnings) {
        response.headers.add("Warning", "299 - " + json::serialize(json::string(warning)));
    }
    return response;
}

constexpr std::array<std::string_view, 4> kClasses{"2xx", "3xx", "4xx", "5xx"};

}  // namespace

Task<Response> RestApi::handle(Request request) {
    auto started = SteadyClock::now();
    auto outcome = co_await answer(request);
    auto response = outcome ? std::move(*outcome) : failure_response(outcome.error());
    ++answered_[std::size_t(std::clamp(response.status / 100, 2, 5)) - 2];
    auto took = std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - started);
    log_debug("request", {{"method", request.method},
                          {"target", request.target},
                          {"status", response.status},
                          {"microseconds", took.count()}});
    co_return response;
}

Task<Outcome<Response>> RestApi::answer(const Request& request) {
    if (request.path == "/healthz" || request.path == "/livez" || request.path == "/readyz") {
        co_return Response::text(200, "ok");
    }
    auto user = authenticator_.authenticate(request);
    if (!user) co_return fail(unauthorized());
    if (request.method == "GET" && request.path == "/metrics") co_return metrics(*user);
    if (request.method == "GET") {
        auto found = discovery_document(store_.kinds(), request.path, request.headers.get("Accept"));
        if (found) {
            auto response = json_response(200, std::move(found->body));
            response.content_type = std::move(found->content_type);
            co_return response;
        }
    }
    auto target = parse_target(store_.kinds(), request);
    if (!target.kind && !target.review) co_return fail(no_such_path());
    co_return co_await resource(request, *user, std::move(target));
}

/// The right to the gateways' metrics is that to the server's, too.
Outcome<Response> RestApi::metrics(const User& user) const {
    const Attributes wanted{"get", "wasmbed.io", "devices", "metrics"};
    if (!allowed(user, wanted)) return fail(forbidden(forbidden_text(user, wanted), nullptr, ""));
    constexpr char kRequests[] = "wasmbed_apiserver_requests_total";
    std::string out;
    metric_head(out, kRequests, "counter", "Requests that were answered, by status class.");
    for (std::size_t i = 0; i < kClasses.size(); ++i) {
        metric_sample(out, kRequests, {{"code", kClasses[i]}}, double(answered_[i]));
    }
    process_metrics(out);
    auto response = Response::text(200, std::move(out));
    response.content_type = kMetricsContentType;
    return response;
}

Task<Outcome<Response>> RestApi::resource(const Request& request, const User& user, Target target) {
    auto verb = verb_of(request, target);
    if (verb.empty()) co_return fail(method_not_allowed());
    const auto& group = target.kind ? target.kind->group : target.review->group;
    const auto& plural = target.kind ? target.kind->plural : target.review->plural;
    Attributes wanted{verb, group, plural, target.subresource, target.key.ns, target.key.name};
    // A list or watch of one object by name is judged by that name, as Kubernetes does.
    if (wanted.name.empty() && target.kind && (verb == "list" || verb == "watch")) {
        auto filter = filter_of(request, target);
        if (!filter) co_return fail(filter.error());
        if (const auto* name = filter->fields.exact_name()) wanted.name = *name;
    }
    auto outcome = co_await perform(request, user, wanted, std::move(target));
    if (is_write(wanted)) {
        AuditEntry entry{user.name, request.peer.address, std::move(wanted), request.query.get("dryRun") == "All"};
        if (entry.what.name.empty() && outcome && entry.what.verb == "create") entry.what.name = name_in(outcome->body);
        audit_.write(entry, outcome ? outcome->status : outcome.error().code);
    }
    co_return outcome;
}

Task<Outcome<Response>> RestApi::perform(const Request& request, const User& user, const Attributes& wanted,
                                         Target target) {
    const auto& verb = wanted.verb;
    if (!allowed(user, wanted)) {
        co_return fail(forbidden(forbidden_text(user, wanted), target.kind, target.key.name));
    }
    if (target.review) {
        if (verb != "create") co_return fail(method_not_allowed());
        auto body = body_of(request);
        if (!body) co_return fail(body.error());
        auto answered = answer_review(*target.review, std::move(*body), user, authenticator_);
        if (!answered) co_return fail(answered.error());
        co_return json_response(201, json::serialize(*answered));
    }
    if (verb == "get") co_return get(request, target);
    if (verb == "list") co_return list(request, target);
    if (verb == "watch") co_return watch(request, target, wanted);
    if (target.kind->read_only) co_return fail(method_not_allowed());
    if (auto denied = creation_denied(request, user, wanted, target)) co_return fail(std::move(*denied));
    if (verb == "deletecollection") co_return co_await remove_collection(request, std::move(target));
    bool addresses_one = !target.key.name.empty();
    if (target.kind->namespaced && target.key.ns.empty()) co_return fail(method_not_allowed());
    if (addresses_one == (verb == "create")) co_return fail(method_not_allowed());
    auto written = co_await write(request, std::move(target));
    if (!written) co_return fail(written.error());
    co_return response_of(*written);
}

/// A right to create may depend on the name, which a POST has in its body. An apply creates what is not there.
std::optional<Failure> RestApi::creation_denied(const Request& request, const User& user, const Attributes& wanted,
                                                const Target& target) const {
    Attributes creation = wanted;
    creation.verb = "create";
    if (wanted.verb == "create") {
        auto body = body_of(request);
        if (!body) return body.error();
        creation.name = json_string(*body, {"metadata", "name"});
    } else if (wanted.verb != "patch" || content_type_of(request) != kApplyType ||
               store_.tip(*target.kind, target.key)) {
        return {};
    }
    if (allowed(user, creation)) return {};
    return forbidden(forbidden_text(user, creation), target.kind, creation.name);
}

Outcome<Response> RestApi::get(const Request& request, const Target& target) {
    auto object = store_.get(*target.kind, target.key);
    if (!object) return fail(not_found(*target.kind, target.key.name));
    if (!wants_table(request.headers.get("Accept"))) return json_response(200, *object->text);
    json::object meta{{"resourceVersion", std::to_string(object->revision)}};
    return json_response(200,
                         make_table(*target.kind, {object}, std::move(meta), include_of(request), WallClock::now()));
}

Outcome<Response> RestApi::list(const Request& request, const Target& target) {
    auto filter = filter_of(request, target);
    if (!filter) return fail(filter.error());
    auto limit = number_of(request, "limit");
    if (!limit) return fail(limit.error());
    Page page;
    if (auto token = request.query.get("continue"); !token.empty()) {
        auto next = pages_.next(token, std::size_t(*limit));
        if (!next) return fail(next.error());
        page = std::move(*next);
    } else {
        auto objects = store_.list(*target.kind, target.key.ns);
        std::erase_if(objects, [&](const StoredPtr& object) { return !filter->matches(*object); });
        page = pages_.first(std::move(objects), std::size_t(*limit), store_.revision());
    }
    json::object metadata{{"resourceVersion", std::to_string(page.revision)}};
    if (!page.next.empty()) {
        metadata["continue"] = page.next;
        if (filter->labels.empty() && filter->fields.empty()) metadata["remainingItemCount"] = page.remaining;
    }
    if (!wants_table(request.headers.get("Accept"))) {
        return json_response(200, list_text(*target.kind, page, std::move(metadata)));
    }
    return json_response(
        200, make_table(*target.kind, page.objects, std::move(metadata), include_of(request), WallClock::now()));
}

Outcome<Response> RestApi::watch(const Request& request, const Target& target, const Attributes& attributes) {
    auto filter = filter_of(request, target);
    if (!filter) return fail(filter.error());
    auto revision = number_of(request, "resourceVersion");
    if (!revision) return fail(revision.error());
    auto timeout = number_of(request, "timeoutSeconds");
    if (!timeout) return fail(timeout.error());
    WatchRequest wanted{target.kind, std::move(*filter), *revision};
    wanted.initial_list = *revision == 0;
    wanted.bookmarks = request.query.flag("allowWatchBookmarks");
    wanted.table = wants_table(request.headers.get("Accept"));
    wanted.include = include_of(request);
    wanted.timeout = *timeout > 0 ? std::chrono::seconds(*timeout) : kWatchTimeout;
    if (!wanted.initial_list) {
        // A revision that was never given out means another database: the client has to list again.
        if (*revision > store_.revision()) return fail(gone(*revision, store_.revision()));
        if (auto known = store_.changes_since(*target.kind, *revision, 1); !known) return fail(known.error());
    }
    // A certificate is good until it expires; a token can be taken back at any moment.
    if (auto token = request.bearer_token()) {
        wanted.permitted = [this, token = *token, attributes] {
            auto user = authenticator_.user_of_token(token);
            return user && allowed(*user, attributes);
        };
    }
    Response response;
    response.stream = make_watch(store_, std::move(wanted));
    return response;
}

Task<Outcome<Written>> RestApi::write(const Request& request, Target target) {
    if (request.method == "DELETE") {
        auto wanted = delete_request_of(request);
        if (!wanted) co_return fail(wanted.error());
        co_return co_await writer_.remove(*target.kind, target.key, std::move(*wanted));
    }
    auto options = options_of(request, target);
    if (!options) co_return fail(options.error());
    if (request.method == "PATCH") co_return co_await patch(request, std::move(target), std::move(*options));
    auto type = content_type_of(request);
    if (type != "application/json" && type != kProtobufType && !type.empty()) {
        co_return fail(unsupported_media_type("application/json, " + std::string(kProtobufType)));
    }
    auto body = body_of(request);
    if (!body) co_return fail(body.error());
    if (request.method == "POST") {
        co_return co_await writer_.create(*target.kind, target.key.ns, std::move(*body), *options);
    }
    co_return co_await writer_.update(*target.kind, target.key, std::move(*body), *options);
}

Task<Outcome<Written>> RestApi::patch(const Request& request, Target target, WriteOptions options) {
    constexpr char kAccepted[] =
        "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";
    auto type = content_type_of(request);
    if (type == kApplyType) {
        auto config = config_of(request);
        if (!config) co_return fail(config.error());
        co_return co_await writer_.apply(*target.kind, target.key, std::move(*config), std::move(options));
    }
    // Strategic patches exist for built-in kinds only. For the few here, whose lists are short and whose maps are
    // plain, their effect is that of a merge patch, once the ordering hints are gone.
    bool strategic = type == "application/strategic-merge-patch+json" && !target.kind->custom;
    bool merge = type == "application/merge-patch+json" || strategic;
    if (!merge && type != "application/json-patch+json") co_return fail(unsupported_media_type(kAccepted));
    auto body = body_of(request);
    if (!body) co_return fail(body.error());
    if (strategic && request.body.find("\"$patch\"") != std::string::npos) {
        co_return fail(unsupported_media_type(kAccepted));
    }
    co_return co_await writer_.patch(*target.kind, target.key, merge ? PatchKind::merge : PatchKind::json,
                                     std::move(*body), std::move(options));
}

Task<Outcome<Response>> RestApi::remove_collection(const Request& request, Target target) {
    auto filter = filter_of(request, target);
    if (!filter) co_return fail(filter.error());
    auto wanted = delete_request_of(request);
    if (!wanted) co_return fail(wanted.error());
    Page removed;
    for (const auto& object : store_.list(*target.kind, target.key.ns)) {
        if (!filter->matches(*object)) continue;
        auto done = co_await writer_.remove(*target.kind, object->key, *wanted);
        if (!done && done.error().code != 404) co_return fail(done.error());
        removed.objects.push_back(object);
    }
    json::object metadata{{"resourceVersion", std::to_string(store_.revision())}};
    co_return json_response(200, list_text(*target.kind, removed, std::move(metadata)));
}

}  // namespace wasmbed::apiserver
