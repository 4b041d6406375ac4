#include "services/apiserver/status.hpp"

namespace wasmbed::apiserver {
namespace {

json::object details_of(const Kind& kind, std::string_view name) {
    json::object details;
    if (!name.empty()) details["name"] = name;
    if (!kind.group.empty()) details["group"] = kind.group;
    details["kind"] = kind.plural;
    return details;
}

std::string quoted(std::string_view name) {
    return "\"" + std::string(name) + "\"";
}

}  // namespace

json::object Failure::status() const {
    json::object status{{"kind", "Status"},    {"apiVersion", "v1"}, {"metadata", json::object()},
                        {"status", "Failure"}, {"message", message}, {"reason", reason}};
    if (!details.empty()) status["details"] = details;
    status["code"] = code;
    return status;
}

Failure not_found(const Kind& kind, std::string_view name) {
    return {404, "NotFound", kind.resource_text() + " " + quoted(name) + " not found", details_of(kind, name)};
}

Failure no_such_path() {
    return {404, "NotFound", "the server could not find the requested resource"};
}

Failure already_exists(const Kind& kind, std::string_view name) {
    return {409, "AlreadyExists", kind.resource_text() + " " + quoted(name) + " already exists",
            details_of(kind, name)};
}

Failure conflict(const Kind& kind, std::string_view name, std::string_view why) {
    return {409, "Conflict",
            "Operation cannot be fulfilled on " + kind.resource_text() + " " + quoted(name) + ": " + std::string(why),
            details_of(kind, name)};
}

Failure stale(const Kind& kind, std::string_view name) {
    return conflict(kind, name,
                    "the object has been modified; please apply your changes to the latest version and try again");
}

Failure invalid(const Kind& kind, std::string_view name, const std::vector<FieldError>& errors) {
    std::string text;
    json::array causes;
    for (const auto& error : errors) {
        if (!text.empty()) text += ", ";
        text += error.field + ": " + error.message;
        causes.push_back(json::object{{"reason", error.reason}, {"message", error.message}, {"field", error.field}});
    }
    if (errors.size() > 1) text = "[" + text + "]";
    auto details = details_of(kind, name);
    details["kind"] = kind.kind;
    details["causes"] = std::move(causes);
    return {422, "Invalid", kind.kind_text() + " " + quoted(name) + " is invalid: " + text, std::move(details)};
}

Failure bad_request(std::string message) {
    return {400, "BadRequest", std::move(message)};
}

Failure unsupported_media_type(std::string_view accepted) {
    return {
        415, "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: " + std::string(accepted)};
}

Failure method_not_allowed() {
    return {405, "MethodNotAllowed", "the server does not allow this method on the requested resource"};
}

Failure unauthorized() {
    return {401, "Unauthorized", "Unauthorized"};
}

Failure expired(std::string message) {
    return {410, "Expired", std::move(message)};
}

Failure gone(std::int64_t wanted, std::int64_t oldest) {
    return expired("too old resource version: " + std::to_string(wanted) + " (" + std::to_string(oldest) + ")");
}

Failure internal_error(std::string message) {
    return {500, "InternalError", "Internal error occurred: " + std::move(message)};
}

Failure forbidden(const std::string& message, const Kind* kind, std::string_view name) {
    return {403, "Forbidden", message, kind ? details_of(*kind, name) : json::object()};
}

json::object deleted_status(const Kind& kind, std::string_view name, std::string_view uid) {
    auto details = details_of(kind, name);
    details["uid"] = uid;
    return {{"kind", "Status"},
            {"apiVersion", "v1"},
            {"metadata", json::object()},
            {"status", "Success"},
            {"details", std::move(details)}};
}

}  // namespace wasmbed::apiserver
