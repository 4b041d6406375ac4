#include "services/apiserver/request_parts.hpp"

#include <algorithm>
#include <charconv>

#include "services/apiserver/protobuf.hpp"
#include "services/apiserver/reviews.hpp"

namespace wasmbed::apiserver {
namespace {

using net::Request;

/// As Kubernetes' limit of a fieldManager.
constexpr std::size_t kManagerBytesMax = 128;

bool printable(char c) {
    return c >= ' ' && c <= '~';
}

/// As Kubernetes: the first word of the User-Agent, without what cannot be printed (headers may hold any bytes).
std::string manager_of(std::string_view user_agent) {
    std::string manager(user_agent.substr(0, user_agent.find('/')));
    std::erase_if(manager, [](char c) { return !printable(c); });
    return manager.substr(0, kManagerBytesMax);
}

}  // namespace

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

std::string_view content_type_of(const Request& request) {
    auto type = request.headers.get("Content-Type");
    type = type.substr(0, type.find(';'));
    while (type.ends_with(' ')) type.remove_suffix(1);
    return type;
}

Outcome<json::value> body_of(const Request& request) {
    bool protobuf = content_type_of(request) == kProtobufType;
    auto body = protobuf ? decode_protobuf(request.body) : parse_json(request.body);
    if (!body) return fail(bad_request(body.error()));
    return std::move(*body);
}

Outcome<WriteOptions> options_of(const Request& request, const Target& target) {
    WriteOptions options;
    options.status = target.subresource == "status";
    options.force = request.query.flag("force");
    options.manager = request.query.get("fieldManager", "");
    if (options.manager.size() > kManagerBytesMax) {
        return fail(
            bad_request("fieldManager: Too long: may not be more than " + std::to_string(kManagerBytesMax) + " bytes"));
    }
    if (!std::ranges::all_of(options.manager, printable)) {
        return fail(bad_request("fieldManager: Invalid value: should only contain printable characters"));
    }
    // Who does not say so is known by what its program calls itself. An apply has to say so.
    bool is_apply = content_type_of(request) == kApplyType;
    if (options.manager.empty() && !is_apply) options.manager = manager_of(request.headers.get("User-Agent"));
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
        auto body = body_of(request);
        if (!body) return fail(body.error());
        wanted.uid = json_string(*body, {"preconditions", "uid"});
        wanted.resource_version = json_string(*body, {"preconditions", "resourceVersion"});
        policy = json_string(*body, {"propagationPolicy"}, policy);
        if (json_bool(*body, {"orphanDependents"})) policy = "Orphan";
        if (const auto* dry = json_array(*body, {"dryRun"}); dry && !dry->empty()) wanted.dry_run = true;
    }
    wanted.orphan = policy == "Orphan";
    wanted.foreground = policy == "Foreground";
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

}  // namespace wasmbed::apiserver
