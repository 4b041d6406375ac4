#include "host/cli/get.hpp"

#include <ostream>

#include "host/base/yaml.hpp"
#include "host/cli/table.hpp"
#include "host/net/http_client.hpp"

namespace wasmbed::cli {
namespace {

constexpr char kTableAccept[] = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
constexpr std::chrono::seconds kAnswerLimit{30};
constexpr std::chrono::hours kWatchIdleLimit{24};

std::string namespace_of(const Context& context, const kube::ResourceType& type, bool all) {
    return all || !type.namespaced ? std::string() : context.ns;
}

// A request that kube::Client has no call for: with an Accept header that asks for a Table.
struct TableSource {
    net::HttpClient http;
    explicit TableSource(Context& context)
        : http(context.io, context.config.server, context.config.tls, context.config.token) {}

    static net::ClientRequest request(std::string target) {
        net::ClientRequest request;
        request.target = std::move(target);
        request.headers.add("Accept", kTableAccept);
        return request;
    }
    Task<kube::ApiResult<json::value>> fetch(std::string target) {
        auto answer = co_await http.request(request(std::move(target)), OpContext::within(kAnswerLimit));
        if (!answer) co_return fail(kube::ApiError{0, "", answer.error().message});
        auto body = parse_json(answer->body);
        if (!body) co_return fail(kube::ApiError{0, "", "the server sent no JSON: " + body.error()});
        if (answer->status / 100 == 2) co_return std::move(*body);
        co_return fail(kube::ApiError{answer->status, std::string(json_string(*body, {"reason"})),
                                      std::string(json_string(*body, {"message"}))});
    }
};

std::string list_target(const Context& context, const kube::ResourceType& type, const GetOptions& options) {
    net::Query query;
    if (!options.selector.empty()) query.add("labelSelector", options.selector);
    const std::string text = query.text();
    return type.path(namespace_of(context, type, options.all_namespaces)) + (text.empty() ? "" : "?" + text);
}

Task<int> watch_table(Context& context, TableSource& source, kube::ResourceType type, GetOptions options,
                      std::string version, TablePrinter& printer) {
    net::Query query;
    query.add("watch", "true");
    query.add("resourceVersion", std::move(version));
    if (!options.selector.empty()) query.add("labelSelector", options.selector);
    if (options.words.size() == 2) query.add("fieldSelector", "metadata.name=" + options.words[1]);
    const std::string target = type.path(namespace_of(context, type, options.all_namespaces)) + "?" + query.text();
    auto stream = co_await source.http.open_stream(TableSource::request(target), OpContext::within(kAnswerLimit));
    if (!stream) co_return report(context, kube::ApiError{0, "", stream.error().message});
    for (;;) {
        auto line = co_await (*stream)->next_line(kWatchIdleLimit);
        if (!line) co_return report(context, kube::ApiError{0, "", line.error().message});
        if (!*line) co_return 0;
        auto event = parse_json(**line);
        if (!event) continue;
        const std::string_view kind = json_string(*event, {"type"});
        if (kind == "BOOKMARK") continue;
        const json::value* object = json_find(*event, {"object"});
        if (kind == "ERROR" || !object) co_return report(context, json_string(*event, {"object", "message"}));
        printer.print(*object, context.out);
    }
}

// Puts the tables of several named objects under one header.
Task<int> get_tables(Context& context, Selection selection, GetOptions options) {
    TableSource source(context);
    TablePrinter printer({.wide = options.output == "wide",
                          .with_namespace = options.all_namespaces && selection.type.namespaced,
                          .with_header = !options.no_headers});
    std::vector<std::string> targets;
    for (const std::string& name : selection.names)
        targets.push_back(selection.type.path(namespace_of(context, selection.type, false), name));
    if (targets.empty()) targets.push_back(list_target(context, selection.type, options));
    int status = 0;
    std::string version;
    json::value all;
    for (const std::string& target : targets) {
        auto table = co_await source.fetch(target);
        if (!table) {
            status = report(context, table.error());
            continue;
        }
        version = json_string(*table, {"metadata", "resourceVersion"});
        json::array* rows = all.is_null() ? nullptr : all.as_object()["rows"].if_array();
        if (!rows)
            all = std::move(*table);
        else if (const json::array* more = json_array(*table, {"rows"}))
            rows->insert(rows->end(), more->begin(), more->end());
    }
    const json::array* rows = json_array(all, {"rows"});
    const bool empty = !rows || rows->empty();
    if (!empty) printer.print(all, context.out);
    if (options.watch && status == 0)
        co_return co_await watch_table(context, source, selection.type, options, version, printer);
    if (empty && status == 0) {
        const bool whole = options.all_namespaces || !selection.type.namespaced;
        context.err << "No resources found" << (whole ? "" : " in " + context.ns + " namespace") << (whole ? "" : ".")
                    << std::endl;
    }
    co_return status;
}

Task<kube::ApiResult<json::value>> fetch_objects(Context& context, Selection selection, GetOptions options) {
    const std::string ns = namespace_of(context, selection.type, options.all_namespaces);
    if (selection.names.empty()) {
        kube::ListOptions list;
        list.label_selector = options.selector;
        co_return co_await context.client.list(selection.type, ns, list);
    }
    json::array items;
    for (const std::string& name : selection.names) {
        auto object = co_await context.client.get(selection.type, ns, name);
        if (!object) co_return fail(object.error());
        items.push_back(std::move(*object));
    }
    if (items.size() == 1) co_return std::move(items.front());
    co_return json::value{{"apiVersion", "v1"}, {"kind", "List"}, {"items", std::move(items)}};
}

// kubectl hides managedFields from 1.21 on; they help nobody here.
void drop_managed_fields(json::value& object) {
    if (!object.is_object()) return;
    if (auto* metadata = object.as_object().if_contains("metadata"); metadata && metadata->is_object())
        metadata->as_object().erase("managedFields");
    if (auto* items = object.as_object().if_contains("items"); items && items->is_array()) {
        for (json::value& item : items->as_array()) drop_managed_fields(item);
    }
}

void print_names(Context& context, const kube::ResourceType& type, const json::value& object) {
    if (const json::array* items = json_array(object, {"items"})) {
        for (const json::value& item : *items) print_names(context, type, item);
        return;
    }
    context.out << object_label(type, json_string(object, {"metadata", "name"})) << "\n";
}

void print_map(std::ostream& out, std::string_view title, const json::object* map) {
    out << title;
    out << std::string(title.size() < 14 ? 14 - title.size() : 1, ' ');
    if (!map || map->empty()) {
        out << "<none>\n";
        return;
    }
    bool first = true;
    for (const auto& [key, value] : *map) {
        if (!first) out << std::string(14, ' ');
        out << std::string_view(key) << (title == "Labels:" ? "=" : ": ")
            << (value.is_string() ? std::string(value.get_string()) : json::serialize(value)) << "\n";
        first = false;
    }
}

void print_indented(std::ostream& out, std::string_view title, const json::value* part) {
    if (!part) return;
    out << title << "\n";
    std::string_view text;
    const std::string yaml = to_yaml(*part);
    for (std::string_view rest = yaml; !rest.empty(); rest.remove_prefix(std::min(rest.size(), text.size() + 1))) {
        text = rest.substr(0, rest.find('\n'));
        out << "  " << text << "\n";
    }
}

Task<void> print_events(Context& context, json::value object) {
    const std::string uid(json_string(object, {"metadata", "uid"}));
    kube::ListOptions only;
    only.field_selector = "involvedObject.uid=" + uid;
    auto events =
        co_await context.client.list(kube::kEvents, std::string(json_string(object, {"metadata", "namespace"})), only);
    const json::array* items = events ? json_array(*events, {"items"}) : nullptr;
    bool any = false;
    for (const json::value& event : items ? *items : json::array{}) {
        if (json_string(event, {"involvedObject", "uid"}) != uid) continue;
        if (!any) context.out << "Events:\n";
        any = true;
        context.out << "  " << json_string(event, {"lastTimestamp"}, json_string(event, {"eventTime"})) << "  "
                    << json_string(event, {"type"}) << "  " << json_string(event, {"reason"}) << "  "
                    << json_string(event, {"message"});
        if (const auto count = json_int(event, {"count"}); count > 1) context.out << " (x" << count << ")";
        context.out << "\n";
    }
    if (!any) context.out << "Events:       <none>\n";
}

}  // namespace

Task<int> get(Context& context, GetOptions options) {
    auto selection = parse_selection(options.words);
    if (!selection) co_return report(context, selection.error());
    if (options.output.empty() || options.output == "wide") co_return co_await get_tables(context, *selection, options);
    if (options.watch) co_return report(context, "-w is for tables only");
    auto objects = co_await fetch_objects(context, *selection, options);
    if (!objects) co_return report(context, objects.error());
    drop_managed_fields(*objects);
    if (options.output == "yaml")
        context.out << to_yaml(*objects);
    else if (options.output == "json")
        context.out << json::serialize(*objects) << "\n";
    else
        print_names(context, selection->type, *objects);
    context.out.flush();
    co_return 0;
}

Task<int> describe(Context& context, std::vector<std::string> words) {
    auto selection = parse_selection(words);
    if (!selection) co_return report(context, selection.error());
    auto objects = co_await fetch_objects(context, *selection, {});
    if (!objects) co_return report(context, objects.error());
    const json::array* items = json_array(*objects, {"items"});
    const json::array list = items ? *items : json::array{*objects};
    bool first = true;
    for (const json::value& object : list) {
        if (!first) context.out << "\n\n";
        first = false;
        context.out << "Name:         " << json_string(object, {"metadata", "name"}) << "\n"
                    << "Namespace:    " << json_string(object, {"metadata", "namespace"}) << "\n";
        print_map(context.out, "Labels:", json_object(object, {"metadata", "labels"}));
        print_map(context.out, "Annotations:", json_object(object, {"metadata", "annotations"}));
        context.out << "API Version:  " << selection->type.api_version() << "\nKind:         " << selection->type.kind
                    << "\n"
                    << "Created:      " << json_string(object, {"metadata", "creationTimestamp"}) << "\n"
                    << "UID:          " << json_string(object, {"metadata", "uid"}) << "\n";
        print_indented(context.out, "Spec:", json_find(object, {"spec"}));
        print_indented(context.out, "Status:", json_find(object, {"status"}));
        co_await print_events(context, object);
    }
    context.out.flush();
    co_return 0;
}

}  // namespace wasmbed::cli
