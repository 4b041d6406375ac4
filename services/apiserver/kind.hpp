// The kinds that this server serves: built-in ones, and those of the CRDs in deploy/crds.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "host/base/json.hpp"

namespace wasmbed::apiserver {

/// A column of `kubectl get`.
struct Column {
    std::string name;
    std::string type = "string";  ///< "string", "integer", "number", "boolean", "date"
    std::string format;
    std::string description;
    int priority = 0;       ///< above 0: only with -o wide
    std::string json_path;  ///< of a CRD's column
    /// Of a built-in kind's column, instead of json_path.
    std::function<json::value(const json::value& object)> cell;
};

struct Kind {
    std::string group;
    std::string version;
    std::string plural;
    std::string singular;
    std::string kind;
    std::vector<std::string> short_names;
    std::vector<std::string> categories;
    bool namespaced = true;
    bool custom = false;       ///< from a CRD: generation, strict resourceVersion on update, no strategic merge patch
    bool has_status = false;   ///< status subresource
    bool read_only = false;    ///< clients may get, list and watch it only
    json::value schema;        ///< OpenAPI v3 structural schema; null: anything goes
    json::value merge_schema;  ///< the same for server-side apply; the registry makes it
    json::value crd;           ///< the CRD itself; null for built-in kinds
    std::vector<Column> columns;
    std::size_t index = 0;  ///< position in the registry

    std::string api_version() const { return group.empty() ? version : group + "/" + version; }
    /// "devices.wasmbed.io", or "secrets": how messages name the resource.
    std::string resource_text() const { return group.empty() ? plural : plural + "." + group; }
    /// "Device.wasmbed.io", or "Secret".
    std::string kind_text() const { return group.empty() ? kind : kind + "." + group; }
    std::string list_kind() const { return kind + "List"; }
};

/// All kinds, fixed after construction.
class KindRegistry {
  public:
    /// Built-in kinds and the given CRD documents. The error names the CRD and what is wrong with it.
    static Result<KindRegistry, std::string> make(const std::vector<json::value>& crds);

    const Kind* find(std::string_view group, std::string_view version, std::string_view plural) const;
    const Kind* find_kind(std::string_view api_version, std::string_view kind) const;
    const std::vector<std::unique_ptr<Kind>>& all() const { return kinds_; }

  private:
    void add(Kind kind);
    std::vector<std::unique_ptr<Kind>> kinds_;
};

/// The kinds that Kubernetes itself would serve, and that Wasmbed's roles and kubectl need.
std::vector<Kind> builtin_kinds();

/// The CRDs of deploy/crds, which the build put into the binary.
Result<std::vector<json::value>, std::string> embedded_crds();

}  // namespace wasmbed::apiserver
