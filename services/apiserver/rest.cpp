#include "services/apiserver/rest.hpp"

#include <charconv>

#include "host/base/log.hpp"
#include "services/apiserver/discovery.hpp"
#include "services/apiserver/reviews.hpp"
#include "services/apiserver/watch.hpp"

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

/// The resource that a path names; null kind and review when there is none.
Target parse_target(const KindRegistry& kinds, const Request& request) {
    auto segments = request.segments();
    Target target;
    std::string group;
    std::string version;
    std::size_t at = 0;
    if (segments.size() >= 3 && segments[0] == "api") {
        version = segments[1];
        at = 2;
    } else if (segments.size() >= 4 && segments[0] == "apis") {
        group = segments[1];
        version = segments[2];
        at = 3;
    } else {
        return target;
    }
    // /namespaces/NS/PLURAL..., but /namespaces/NS and /namespaces/NS/status are the namespace itself.
    bool in_namespace = segments[at] == "namespaces" && segments.size() >= at + 3 && segments[at + 2] != "status" &&
                        segments[at + 2] != "finalize";
    if (in_namespace) {
        target.key.ns = segments[at + 1];
        at += 2;
    }
    const auto& plural = segments[at];
    if (segments.size() > at + 1) target.key.name = segments[at + 1];
    if (segments.size() > at + 2) target.subresource = segments[at + 2];
    if (segments.size() > at + 3) return target;
    for (const auto& review : review_kinds()) {
        if (review.group == group && version == "v1" && review.plural == plural) target.review = &review;
    }
    const auto* kind = kinds.find(group, version, plural);
    if (kind && (kind->namespaced || !in_namespace)) target.kind = kind;
    bool known_subresource = target.subresource.empty() || (target.subresource == "status" && kind && kind->has_status);
    if (!known_subresource) target.kind = nullptr;
    return target;
}

std::string verb_of(const Request& request, const Target& target) {
    bool one = !target.key.name.empty();
    if (request.method == "GET" || request.method == "HEAD") {
        return one ? "get" : request.query.flag("watch") ? "watch" : "list";
    }
    if (request.method == "POST") return "create";
    if (request.method == "PUT") return "update";
    if (request.method == "PATCH") return "patch";
    if (request.method == "DELETE") return one ? "delete" : "deletecollection";
    return {};
}

Outcome<Filter> filter_of(const Request& request, const Target& target) {
    auto labels = LabelSelector::parse(request.query.get("labelSelector"));
    if (!labels) return fail(bad_request("invalid label selector: " + labels.error()));
    auto fields = FieldSelector::parse(request.query.get("fieldSelector"));
    if (!fields) return fail(bad_request("invalid field selector: " + fields.error()));
    std::vector<std::string_view> allowed{"metadata.name", "metadata.namespace"};
    const auto& plural = target.kind->plural;
    if (plural == "events") {
        for (auto name : {"involvedObject.kind", "involvedObject.namespace", "involvedObject.name",
                          "involvedObject.uid", "involvedObject.apiVersion", "involvedObject.resourceVersion",
                          "involvedObject.fieldPath", "reason", "type", "source"}) {
            allowed.emplace_back(name);
        }
    }
    if (plural == "secrets") allowed.emplace_back("type");
    if (plural == "namespaces") allowed.emplace_back("status.phase");
    if (auto unknown = fields->unknown_field(allowed); !unknown.empty()) {
        return fail(bad_request("field label not supported: " + unknown));
    }
    return Filter{target.key.ns, std::move(*labels), std::move(*fields)};
}

Outcome<json::value> json_body(const Request& request) {
    auto body = parse_json(request.body);
    if (!body) return fail(bad_request(body.error()));
    return std::move(*body);
}

/// The media type without its parameters.
std::string_view content_type_of(const Request& request) {
    auto type = request.headers.get("Content-Type");
    type = type.substr(0, type.find(';'));
    while (type.ends_with(' ')) type.remove_suffix(1);
    return type;
}

Outcome<WriteOptions> options_of(const Request& request, const Target& target) {
    WriteOptions options;
    options.status = target.subresource == "status";
    auto validation = request.query.get("fieldValidation", "Warn");
    if (validation == "Strict") {
        options.fields = FieldValidation::strict;
    } else if (validation == "Ignore") {
        options.fields = FieldValidation::ignore;
    } else if (validation != "Warn" && !validation.empty()) {
        return fail(bad_request("fieldValidation must be Strict, Warn or Ignore"));
    }
    for (const auto& [name, value] : request.query) {
        if (name != "dryRun") continue;
        if (value != "All") return fail(bad_request("dryRun must be All"));
        options.dry_run = true;
    }
    return options;
}

Outcome<DeleteRequest> delete_request_of(const Request& request) {
    DeleteRequest wanted;
    auto policy = request.query.get("propagationPolicy");
    wanted.dry_run = request.query.get("dryRun") == "All";
    if (!request.body.empty()) {
        auto body = json_body(request);
        if (!body) return fail(body.error());
        wanted.uid = json_string(*body, {"preconditions", "uid"});
        wanted.resource_version = json_string(*body, {"preconditions", "resourceVersion"});
        policy = json_string(*body, {"propagationPolicy"}, policy);
        if (json_bool(*body, {"orphanDependents"})) policy = "Orphan";
        if (const auto* dry = json_array(*body, {"dryRun"}); dry && !dry->empty()) wanted.dry_run = true;
    }
    wanted.orphan = policy == "Orphan";
    return wanted;
}

TableObject include_of(const Request& request) {
    auto include = request.query.get("includeObject");
    if (include == "None") return TableObject::none;
    return include == "Object" ? TableObject::whole : TableObject::metadata;
}

Outcome<std::int64_t> number_of(const Request& request, std::string_view name) {
    auto text = request.query.get(name);
    std::int64_t value = 0;
    if (text.empty()) return value;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0) {
        return fail(bad_request("invalid " + std::string(name) + ": \"" + text + "\" is not a number"));
    }
    return value;
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

}  // namespace

Task<Response> RestApi::handle(Request request) {
    auto started = SteadyClock::now();
    auto outcome = co_await answer(request);
    auto response = outcome ? std::move(*outcome) : failure_response(outcome.error());
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
    if (!allowed(user, wanted)) {
        co_return fail(forbidden(forbidden_text(user, wanted), target.kind, target.key.name));
    }
    if (target.review) {
        if (verb != "create") co_return fail(method_not_allowed());
        auto body = json_body(request);
        if (!body) co_return fail(body.error());
        auto answered = answer_review(*target.review, std::move(*body), user, authenticator_);
        if (!answered) co_return fail(answered.error());
        co_return json_response(201, json::serialize(*answered));
    }
    if (verb == "get") co_return get(request, target);
    if (verb == "list") co_return list(request, target);
    if (verb == "watch") co_return watch(request, target);
    if (verb == "deletecollection") co_return co_await remove_collection(request, std::move(target));
    bool addresses_one = !target.key.name.empty();
    if (target.kind->namespaced && target.key.ns.empty()) co_return fail(method_not_allowed());
    if (addresses_one == (verb == "create")) co_return fail(method_not_allowed());
    auto written = co_await write(request, std::move(target));
    if (!written) co_return fail(written.error());
    co_return response_of(*written);
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

Outcome<Response> RestApi::watch(const Request& request, const Target& target) {
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
    auto type = content_type_of(request);
    if (request.method == "PATCH") {
        // Strategic patches exist for built-in kinds only. For the few here, whose lists are short and whose maps are
        // plain, their effect is that of a merge patch, once the ordering hints are gone.
        bool strategic = type == "application/strategic-merge-patch+json" && !target.kind->custom;
        bool merge = type == "application/merge-patch+json" || strategic;
        if (!merge && type != "application/json-patch+json") {
            co_return fail(unsupported_media_type("application/json-patch+json, application/merge-patch+json"));
        }
        auto patch = json_body(request);
        if (!patch) co_return fail(patch.error());
        if (strategic && request.body.find("\"$patch\"") != std::string::npos) {
            co_return fail(unsupported_media_type("application/json-patch+json, application/merge-patch+json"));
        }
        co_return co_await writer_.patch(*target.kind, target.key, merge ? PatchKind::merge : PatchKind::json,
                                         std::move(*patch), *options);
    }
    if (type != "application/json" && !type.empty()) co_return fail(unsupported_media_type("application/json"));
    auto body = json_body(request);
    if (!body) co_return fail(body.error());
    if (request.method == "POST") {
        co_return co_await writer_.create(*target.kind, target.key.ns, std::move(*body), *options);
    }
    co_return co_await writer_.update(*target.kind, target.key, std::move(*body), *options);
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
