#include "services/controller/status_patch.hpp"

namespace wasmbed::controller {

std::optional<json::object> status_patch(const json::value& object, const json::object& wanted) {
    json::object present;
    if (const json::object* status = json_object(object, {"status"})) {
        for (const auto& [name, value] : wanted) {
            if (const json::value* old = status->if_contains(name)) present[name] = *old;
        }
    }
    json::object changes = make_merge_patch(present, wanted);
    if (changes.empty()) return std::nullopt;
    return json::object{{"metadata", {{"resourceVersion", json_string(object, {"metadata", "resourceVersion"})}}},
                        {"status", std::move(changes)}};
}

json::value event_subject(const json::value& object) {
    return {{"apiVersion", json_string(object, {"apiVersion"})},
            {"kind", json_string(object, {"kind"})},
            {"metadata",
             {{"namespace", json_string(object, {"metadata", "namespace"})},
              {"name", json_string(object, {"metadata", "name"})},
              {"uid", json_string(object, {"metadata", "uid"})},
              {"resourceVersion", json_string(object, {"metadata", "resourceVersion"})}}}};
}

}  // namespace wasmbed::controller
