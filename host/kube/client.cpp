#include "host/kube/client.hpp"

namespace wasmbed::kube {
namespace {

/// A watch without any event for this long is opened anew: a connection may die without a word. The server sends a
/// bookmark at least every minute.
constexpr auto kWatchIdleMax = std::chrono::minutes(5);

ApiError no_answer(const net::NetError& error) {
    return {0, "NoAnswer", error.message};
}

/// The Status in an error body; a proxy's plain text is taken as it is.
ApiError status_error(int code, std::string_view body) {
    ApiError error{code, {}, {}};
    auto status = parse_json(body);
    if (status && status->is_object()) {
        error.reason = json_string(*status, {"reason"});
        error.message = json_string(*status, {"message"});
    }
    if (error.message.empty()) error.message = "HTTP " + std::to_string(code) + ": " + std::string(body.substr(0, 500));
    return error;
}

ApiResult<json::value> parse_answer(const net::ClientResponse& response) {
    if (response.status >= 300) return fail(status_error(response.status, response.body));
    auto value = parse_json(response.body);
    if (!value) return fail(ApiError{0, "NoAnswer", "the server's answer is not JSON: " + value.error()});
    return std::move(*value);
}

net::Query selectors(const std::string& labels, const std::string& fields) {
    net::Query query;
    if (!labels.empty()) query.add("labelSelector", labels);
    if (!fields.empty()) query.add("fieldSelector", fields);
    return query;
}

std::string name_of(const json::value& object) {
    return std::string(json_string(object, {"metadata", "name"}));
}

const char* content_type_of(PatchType kind) {
    switch (kind) {
        case PatchType::merge:
            return "application/merge-patch+json";
        case PatchType::json:
            return "application/json-patch+json";
        case PatchType::apply:
            return "application/apply-patch+yaml";
    }
    return "";
}

}  // namespace

Task<ApiResult<std::optional<WatchEvent>>> WatchStream::next() {
    auto line = co_await stream_->next_line(kWatchIdleMax);
    if (!line) co_return fail(no_answer(line.error()));
    if (!*line) co_return std::optional<WatchEvent>();
    auto event = parse_json(**line);
    if (!event) co_return fail(ApiError{0, "NoAnswer", "a watch event is not JSON: " + event.error()});
    auto type = json_string(*event, {"type"});
    auto* object = event->is_object() ? event->get_object().if_contains("object") : nullptr;
    if (type == "ERROR" || !object) {
        auto code = object ? int(json_int(*object, {"code"}, 500)) : 500;
        co_return fail(status_error(code, object ? json::serialize(*object) : **line));
    }
    auto known = type == "ADDED"      ? WatchEvent::Type::added
                 : type == "MODIFIED" ? WatchEvent::Type::modified
                 : type == "DELETED"  ? WatchEvent::Type::deleted
                                      : WatchEvent::Type::bookmark;
    co_return WatchEvent{known, std::move(*object)};
}

Client::Client(IoContext& io, Kubeconfig config, std::string field_manager)
    : io_(io),
      config_(std::move(config)),
      field_manager_(std::move(field_manager)),
      http_(io, config_.server, config_.tls, config_.token) {}

std::string Client::namespace_or_default(const ResourceType& type, std::string ns) const {
    return type.namespaced && ns.empty() ? config_.default_namespace : ns;
}

std::string Client::write_query() const {
    return "?fieldManager=" + net::percent_encode(field_manager_);
}

Task<ApiResult<json::value>> Client::raw(std::string method, std::string target, json::value body,
                                         std::string content_type) {
    net::ClientRequest request{.method = std::move(method), .target = std::move(target)};
    request.headers.add("Accept", "application/json");
    request.headers.add("User-Agent", field_manager_);
    if (!body.is_null()) {
        request.headers.add("Content-Type", std::move(content_type));
        request.body = json::serialize(body);
    }
    auto response = co_await http_.request(std::move(request), OpContext::within(timeout_));
    if (!response) co_return fail(no_answer(response.error()));
    co_return parse_answer(*response);
}

Task<ApiResult<json::value>> Client::get(ResourceType type, std::string ns, std::string name) {
    co_return co_await raw("GET", type.path(namespace_or_default(type, std::move(ns)), name));
}

Task<ApiResult<json::value>> Client::list(ResourceType type, std::string ns, ListOptions options) {
    std::string next;
    json::value whole;
    while (true) {
        auto query = selectors(options.label_selector, options.field_selector);
        if (options.limit > 0) query.add("limit", std::to_string(options.limit));
        if (!next.empty()) query.add("continue", next);
        auto page = co_await raw("GET", type.path(ns) + "?" + query.text());
        if (!page) co_return page;
        next = json_string(*page, {"metadata", "continue"});
        if (whole.is_null()) {
            whole = std::move(*page);
            if (!json_array(whole, {"items"})) whole.as_object()["items"] = json::array();
        } else {
            auto& items = whole.at("items").as_array();
            for (auto& item : page->at("items").as_array()) items.push_back(std::move(item));
        }
        if (next.empty()) co_return whole;
    }
}

Task<ApiResult<json::value>> Client::create(ResourceType type, std::string ns, json::value object) {
    auto target = type.path(namespace_or_default(type, std::move(ns))) + write_query();
    co_return co_await raw("POST", target, std::move(object));
}

Task<ApiResult<json::value>> Client::update(ResourceType type, std::string ns, json::value object) {
    auto target = type.path(namespace_or_default(type, std::move(ns)), name_of(object)) + write_query();
    co_return co_await raw("PUT", target, std::move(object));
}

Task<ApiResult<json::value>> Client::update_status(ResourceType type, std::string ns, json::value object) {
    auto target = type.path(namespace_or_default(type, std::move(ns)), name_of(object)) + "/status" + write_query();
    co_return co_await raw("PUT", target, std::move(object));
}

Task<ApiResult<json::value>> Client::patch(ResourceType type, std::string ns, std::string name, json::value patch,
                                           PatchType kind) {
    auto target = type.path(namespace_or_default(type, std::move(ns)), name) + write_query();
    co_return co_await raw("PATCH", target, std::move(patch), content_type_of(kind));
}

Task<ApiResult<json::value>> Client::patch_status(ResourceType type, std::string ns, std::string name,
                                                  json::value patch) {
    auto target = type.path(namespace_or_default(type, std::move(ns)), name) + "/status" + write_query();
    co_return co_await raw("PATCH", target, std::move(patch), content_type_of(PatchType::merge));
}

Task<ApiResult<json::value>> Client::remove(ResourceType type, std::string ns, std::string name,
                                            DeleteOptions options) {
    json::object body{{"kind", "DeleteOptions"}, {"apiVersion", "v1"}};
    if (!options.propagation.empty()) body["propagationPolicy"] = options.propagation;
    json::object preconditions;
    if (!options.uid.empty()) preconditions["uid"] = options.uid;
    if (!options.resource_version.empty()) preconditions["resourceVersion"] = options.resource_version;
    if (!preconditions.empty()) body["preconditions"] = preconditions;
    co_return co_await raw("DELETE", type.path(namespace_or_default(type, std::move(ns)), name), std::move(body));
}

Task<ApiResult<std::unique_ptr<WatchStream>>> Client::watch(ResourceType type, std::string ns, WatchOptions options) {
    auto query = selectors(options.label_selector, options.field_selector);
    query.add("watch", "true");
    query.add("allowWatchBookmarks", "true");
    if (!options.resource_version.empty()) query.add("resourceVersion", options.resource_version);
    net::ClientRequest request{.target = type.path(ns) + "?" + query.text()};
    request.headers.add("Accept", "application/json");
    request.headers.add("User-Agent", field_manager_);
    auto stream = co_await http_.open_stream(std::move(request), OpContext::within(timeout_));
    if (!stream) co_return fail(no_answer(stream.error()));
    if ((*stream)->status() >= 300) {
        auto body = co_await (*stream)->read_all(timeout_);
        co_return fail(status_error((*stream)->status(), body ? *body : body.error().message));
    }
    co_return std::make_unique<WatchStream>(std::move(*stream));
}

}  // namespace wasmbed::kube
