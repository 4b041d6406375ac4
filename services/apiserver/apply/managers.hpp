// metadata.managedFields: who owns which field, and what writes do to that.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "services/apiserver/apply/structure.hpp"

namespace wasmbed::apiserver::apply {

/// Who writes. Two writers are the same when all but `time` are.
struct Writer {
    std::string name;  ///< query parameter fieldManager, or the client's program name
    std::string operation = "Update";
    std::string api_version = {};
    std::string subresource = {};
    std::string time = {};  ///< RFC 3339

    bool same(const Writer& other) const;
};

/// One entry of managedFields.
struct Manager {
    Writer writer;
    FieldSet fields;
};
using Managers = std::vector<Manager>;

/// Entries that are not of the known form are left out.
Managers managers_of(const json::value& object);
json::array managers_to_json(Managers managers);

/// The fields of another manager that an apply would change.
struct Conflict {
    Writer owner;
    FieldSet fields;
};

struct Applied {
    json::value object;
    Managers managers;
};

/// `live` with what `config` sets, and without what the writer's last apply set and now nobody does. The fields of
/// other managers that it changes are conflicts, unless `force` takes them. An object without managers belongs to
/// `before-first-apply`. `schema` as merge_schema makes it; apiVersion, kind and the names in `config` are not looked
/// at.
Result<Applied, std::vector<Conflict>> apply_config(const json::value& schema, const json::value& live,
                                                    const json::value& config, Managers managers, const Writer& writer,
                                                    bool force);

/// The managers after an ordinary write that turned `before` into `after`: its writer takes over what it changed.
Managers note_write(const json::value& schema, const json::value& before, const json::value& after, Managers managers,
                    const Writer& writer);

/// The managers of an object that was created by apply.
Managers first_managers(const json::value& schema, const json::value& config, const Writer& writer);

}  // namespace wasmbed::apiserver::apply
