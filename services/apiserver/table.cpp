#include "services/apiserver/table.hpp"

#include "services/apiserver/json_path.hpp"

namespace wasmbed::apiserver {
namespace {

constexpr char kNameDescription[] =
    "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a "
    "client to request the generation of an appropriate name automatically. Name is primarily intended for creation "
    "idempotence and configuration definition. Cannot be updated. More info: "
    "http://kubernetes.io/docs/user-guide/identifiers#names";

bool has_name_column(const Kind& kind) {
    for (const auto& column : kind.columns) {
        if (column.name == "Name") return true;
    }
    return false;
}

json::array definitions_of(const Kind& kind) {
    json::array columns;
    auto add = [&](std::string_view name, std::string_view type, std::string_view format, std::string_view description,
                   int priority) {
        columns.push_back(json::object{
            {"name", name}, {"type", type}, {"format", format}, {"description", description}, {"priority", priority}});
    };
    if (!has_name_column(kind)) add("Name", "string", "name", kNameDescription, 0);
    for (const auto& column : kind.columns) {
        add(column.name, column.type, column.format, column.description, column.priority);
    }
    return columns;
}

json::value date_cell(const json::value& value, WallClock::time_point now) {
    auto time = value.is_string() ? parse_rfc3339(value.get_string()) : std::nullopt;
    if (!time) return "<unknown>";
    return json::string(human_duration(std::chrono::floor<std::chrono::seconds>(now - *time)));
}

/// As apiextensions-apiserver's table convertor: null when the path selects nothing, else by the column's type.
json::value cell_of(const Column& column, const json::value& object, WallClock::time_point now) {
    if (column.cell) return column.cell(object);
    auto found = json_path(object, column.json_path);
    if (found.empty()) return nullptr;
    const auto& value = *found[0];
    if (column.type == "date") return date_cell(value, now);
    if (column.type != "string") return value.is_primitive() ? value : nullptr;
    std::string text;
    for (const auto* part : found) {
        if (!text.empty()) text += ' ';
        text += part->is_string() ? std::string(part->get_string()) : json::serialize(*part);
    }
    return json::string(text);
}

json::object row_of(const Kind& kind, const Stored& stored, TableObject include, WallClock::time_point now) {
    auto object = stored.parse();
    json::array cells;
    if (!has_name_column(kind)) cells.push_back(json::string(stored.key.name));
    for (const auto& column : kind.columns) cells.push_back(cell_of(column, object, now));
    json::object row{{"cells", std::move(cells)}};
    if (include == TableObject::whole) row["object"] = std::move(object);
    if (include == TableObject::metadata) {
        row["object"] = json::object{{"kind", "PartialObjectMetadata"},
                                     {"apiVersion", "meta.k8s.io/v1"},
                                     {"metadata", std::move(object.at("metadata"))}};
    }
    return row;
}

}  // namespace

bool wants_table(std::string_view accept) {
    // Clients list what they can read in order of preference; a Table only counts when it comes first.
    auto first = accept.substr(0, accept.find(','));
    return first.find("as=Table") != first.npos && first.find("v=v1;") != first.npos &&
           first.find("g=meta.k8s.io") != first.npos;
}

std::string make_table(const Kind& kind, const std::vector<StoredPtr>& objects, json::object list_meta,
                       TableObject include, WallClock::time_point now) {
    json::array rows;
    for (const auto& object : objects) rows.push_back(row_of(kind, *object, include, now));
    return json::serialize(json::object{{"kind", "Table"},
                                        {"apiVersion", "meta.k8s.io/v1"},
                                        {"metadata", std::move(list_meta)},
                                        {"columnDefinitions", definitions_of(kind)},
                                        {"rows", std::move(rows)}});
}

}  // namespace wasmbed::apiserver
