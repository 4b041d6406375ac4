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
    bool status = false;       ///< the status subresource is addressed
    bool force = false;        ///< apply: take fields from their owners
    std::string manager = {};  ///< who owns the fields that are written, where ownership is recorded
};

/// Keeps an object that is deleted in the foreground until the collector has removed its dependents.
inline constexpr std::string_view kForegroundDeletion = "foregroundDeletion";

enum class PatchKind { merge, json };

struct DeleteRequest {
    std::string uid = {};               ///< precondition
    std::string resource_version = {};  ///< precondition
    bool orphan = false;                ///< leave the dependents, without this owner
    bool foreground = false;            ///< remove the object only after its dependents
    bool dry_run = false;
};

class ObjectWriter {
  public:
    explicit ObjectWriter(ObjectStore& store) : store_(store) {}

    Task<Outcome<Written>> create(const Kind& kind, std::string ns, json::value object, WriteOptions options);
    Task<Outcome<Written>> update(const Kind& kind, ObjectKey key, json::value wanted, WriteOptions options);
    Task<Outcome<Written>> patch(const Kind& kind, ObjectKey key, PatchKind how, json::value patch,
                                 WriteOptions options);
    /// Server-side apply: creates the object, or gives it what `config` sets (see apply/managers.hpp).
    Task<Outcome<Written>> apply(const Kind& kind, ObjectKey key, json::value config, WriteOptions options);
    /// Marks the object, or removes it when nothing keeps it.
    Task<Outcome<Written>> remove(const Kind& kind, ObjectKey key, DeleteRequest request);

  private:
    Task<Outcome<Written>> insert(const Kind& kind, json::value prepared, WriteOptions options, WriteContext context);
    Task<Outcome<Written>> store(const Kind& kind, StoredPtr before, json::value after, WriteOptions options,
                                 WriteContext context);
    Outcome<void> check_namespace(const Kind& kind, const std::string& ns) const;
    Task<Outcome<void>> release_dependents(std::string uid);

    ObjectStore& store_;
};

}  // namespace wasmbed::apiserver
