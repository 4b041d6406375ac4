// The writing verbs: create, update, patch, delete, with everything that Kubernetes does around them.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "services/apiserver/object_rules.hpp"
#include "services/apiserver/object_store.hpp"

namespace wasmbed::apiserver {

/// What a writing request is answered with.
struct Written {
    int code = 200;
    std::shared_ptr<const std::string> text;
    std::vector<std::string> warnings = {};
};

struct WriteOptions {
    FieldValidation fields = FieldValidation::warn;
    bool dry_run = false;
    bool status = false;  ///< the status subresource is addressed
};

enum class PatchKind { merge, json };

struct DeleteRequest {
    std::string uid = {};               ///< precondition
    std::string resource_version = {};  ///< precondition
    bool orphan = false;                ///< leave the dependents, without this owner
    bool dry_run = false;
};

class ObjectWriter {
  public:
    explicit ObjectWriter(ObjectStore& store) : store_(store) {}

    Task<Outcome<Written>> create(const Kind& kind, std::string ns, json::value object, WriteOptions options);
    Task<Outcome<Written>> update(const Kind& kind, ObjectKey key, json::value wanted, WriteOptions options);
    Task<Outcome<Written>> patch(const Kind& kind, ObjectKey key, PatchKind how, json::value patch,
                                 WriteOptions options);
    /// Marks the object, or removes it when nothing keeps it.
    Task<Outcome<Written>> remove(const Kind& kind, ObjectKey key, DeleteRequest request);

  private:
    Task<Outcome<Written>> store(const Kind& kind, StoredPtr before, json::value after, WriteOptions options,
                                 WriteContext context);
    Outcome<void> check_namespace(const Kind& kind, const std::string& ns) const;
    Task<> release_dependents(std::string uid);

    ObjectStore& store_;
};

}  // namespace wasmbed::apiserver
