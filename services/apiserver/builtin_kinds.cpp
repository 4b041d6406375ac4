#include "host/base/time.hpp"
#include "services/apiserver/kind.hpp"

namespace wasmbed::apiserver {
namespace {

json::value text(std::string_view value) {
    return json::string(value);
}

json::value age_of(std::string_view timestamp) {
    auto time = parse_rfc3339(timestamp);
    if (!time) return "<unknown>";
    return text(human_duration(std::chrono::floor<std::chrono::seconds>(WallClock::now() - *time)));
}

json::value age(const json::value& object) {
    return age_of(json_string(object, {"metadata", "creationTimestamp"}));
}

json::value data_count(const json::value& object) {
    std::int64_t count = 0;
    for (auto name : {"data", "binaryData"}) {
        if (const auto* data = json_object(object, {name})) count += std::int64_t(data->size());
    }
    return count;
}

/// A cell that shows the string at a fixed path.
auto field(std::initializer_list<const char*> path) {
    std::vector<std::string> steps(path.begin(), path.end());
    return [steps](const json::value& object) {
        const json::value* at = &object;
        for (const auto& step : steps) {
            if (at) at = json_find(*at, {step});
        }
        return at && at->is_string() ? *at : json::value("");
    };
}

Column column(std::string name, std::function<json::value(const json::value&)> cell, int priority = 0) {
    Column made;
    made.name = std::move(name);
    made.description = made.name + " of the object.";
    made.priority = priority;
    made.cell = std::move(cell);
    return made;
}

Kind core(std::string plural, std::string kind, std::vector<std::string> short_names) {
    Kind made;
    made.version = "v1";
    made.plural = std::move(plural);
    made.kind = std::move(kind);
    made.short_names = std::move(short_names);
    return made;
}

json::value event_last_seen(const json::value& event) {
    for (auto name : {"lastTimestamp", "eventTime"}) {
        if (auto time = json_string(event, {name}); !time.empty()) return age_of(time);
    }
    return age(event);
}

json::value event_object(const json::value& event) {
    std::string kind(json_string(event, {"involvedObject", "kind"}));
    for (char& c : kind) c = char(std::tolower(static_cast<unsigned char>(c)));
    return text(kind + "/" + std::string(json_string(event, {"involvedObject", "name"})));
}

json::value event_source(const json::value& event) {
    std::string source(json_string(event, {"source", "component"}));
    auto host = json_string(event, {"source", "host"});
    return text(host.empty() ? source : source + ", " + std::string(host));
}

json::value event_first_seen(const json::value& event) {
    auto time = json_string(event, {"firstTimestamp"});
    return time.empty() ? age(event) : age_of(time);
}

json::value event_count(const json::value& event) {
    return text(std::to_string(json_int(event, {"count"}, 1)));
}

Kind events() {
    auto kind = core("events", "Event", {"ev"});
    // As Kubernetes prints events: the name comes last, and only with -o wide.
    kind.columns = {column("Last Seen", event_last_seen),
                    column("Type", field({"type"})),
                    column("Reason", field({"reason"})),
                    column("Object", event_object),
                    column("Subobject", field({"involvedObject", "fieldPath"}), 1),
                    column("Source", event_source, 1),
                    column("Message", field({"message"})),
                    column("First Seen", event_first_seen, 1),
                    column("Count", event_count, 1),
                    column("Name", field({"metadata", "name"}), 1)};
    return kind;
}

/// The CRDs that are built in, for clients that look at them; apiserver.cpp stores them.
Kind definitions() {
    auto kind = core("customresourcedefinitions", "CustomResourceDefinition", {"crd", "crds"});
    kind.group = "apiextensions.k8s.io";
    kind.namespaced = false;
    kind.read_only = true;
    kind.categories = {"api-extensions"};
    kind.columns = {column("Created At", field({"metadata", "creationTimestamp"}))};
    kind.columns[0].type = "date";
    return kind;
}

json::value nothing(const json::value&) {
    return "";
}

/// There are none, and none can be made: they are Kubernetes' way to a Pod. `kubectl cluster-info` lists them.
Kind services() {
    auto kind = core("services", "Service", {"svc"});
    kind.read_only = true;
    kind.categories = {"all"};
    for (auto name : {"Type", "Cluster-IP", "External-IP", "Port(s)"}) kind.columns.push_back(column(name, nothing));
    kind.columns.push_back(column("Age", age));
    kind.columns.push_back(column("Selector", nothing, 1));
    return kind;
}

/// Bearer tokens of people, by hash. No role may touch them: that is for administrators only.
Kind user_tokens() {
    auto kind = core("usertokens", "UserToken", {});
    kind.group = "access.wasmbed.io";
    kind.version = "v1alpha1";
    kind.namespaced = false;
    kind.columns = {column("User", field({"spec", "user"})), column("Role", field({"spec", "role"})),
                    column("Expires", field({"spec", "expires"})), column("Age", age)};
    kind.schema =
        parse_json(
            R"({"type": "object", "description": "A bearer token of a person. The token itself is stored nowhere.",
      "required": ["spec"], "properties": {"spec": {"type": "object", "required": ["user", "role", "sha256"], "properties": {
        "user": {"type": "string", "minLength": 1, "maxLength": 63, "description": "Who shows the token."},
        "role": {"type": "string", "enum": ["admin", "editor", "viewer"], "description": "What the user may do."},
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256 of the token, lower-case hex."},
        "expires": {"type": "string", "format": "date-time", "description": "The token counts until then; absent: for ever."}}}}})")
            .value();
    return kind;
}

/// A map of strings of this format.
json::object string_map(std::string_view format) {
    json::object item{{"type", "string"}};
    if (!format.empty()) item["format"] = format;
    return {{"type", "object"}, {"additionalProperties", std::move(item)}, {"nullable", true}};
}

/// The fields that a mistake is likely in; the others of these kinds are taken as they come.
json::object schema_with(json::object properties) {
    return {{"type", "object"}, {"properties", std::move(properties)}, {"x-kubernetes-preserve-unknown-fields", true}};
}

}  // namespace

std::vector<Kind> builtin_kinds() {
    auto namespaces = core("namespaces", "Namespace", {"ns"});
    namespaces.namespaced = false;
    namespaces.has_status = true;
    namespaces.columns = {column("Status", field({"status", "phase"})), column("Age", age)};

    auto secrets = core("secrets", "Secret", {});
    secrets.columns = {column("Type", field({"type"})), column("Data", data_count), column("Age", age)};

    secrets.schema = schema_with({{"data", string_map("byte")},
                                  {"stringData", string_map("")},
                                  {"type", {{"type", "string"}}},
                                  {"immutable", {{"type", "boolean"}}}});

    auto config_maps = core("configmaps", "ConfigMap", {"cm"});
    config_maps.columns = {column("Data", data_count), column("Age", age)};

    config_maps.schema = schema_with(
        {{"data", string_map("")}, {"binaryData", string_map("byte")}, {"immutable", {{"type", "boolean"}}}});

    auto leases = core("leases", "Lease", {});
    leases.group = "coordination.k8s.io";
    leases.columns = {column("Holder", field({"spec", "holderIdentity"})), column("Age", age)};

    std::vector<Kind> kinds;
    for (auto* kind : {&namespaces, &secrets, &config_maps}) kinds.push_back(std::move(*kind));
    kinds.push_back(events());
    kinds.push_back(services());
    kinds.push_back(std::move(leases));
    kinds.push_back(definitions());
    kinds.push_back(user_tokens());
    return kinds;
}

}  // namespace wasmbed::apiserver
