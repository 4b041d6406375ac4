// A local, always current copy of the objects of one kind: list, then watch, for ever.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "host/kube/client.hpp"

namespace wasmbed::kube {

/// Objects in a cache are shared and never change; a new version is a new object.
using ObjectPtr = std::shared_ptr<const json::value>;

struct InformerOptions {
    std::string label_selector;
    std::string field_selector;
};

/// Follows one kind in one namespace ("" for all). Network errors and 410 lead to a new list after a backoff of 0.2 s
/// to 15 s with jitter; what vanished in between is reported as deleted. Look-ups never wait.
class Informer {
  public:
    /// `before` is null for a new object, `after` for a deleted one. Called after the cache was changed; must not
    /// throw.
    using Handler = std::function<void(const ObjectKey& key, const ObjectPtr& before, const ObjectPtr& after)>;

    Informer(Client& client, ResourceType type, std::string ns, InformerOptions options = {});

    /// Handlers are called in the order they were added; add them before `run`.
    void on_change(Handler handler) { handlers_.push_back(std::move(handler)); }

    /// Runs until cancelled: spawn it in a TaskGroup.
    Task<> run();

    /// True after the first list.
    bool synced() const { return synced_; }
    Task<> wait_synced();

    /// The object, or null. Before `synced`, null says nothing.
    ObjectPtr get(const ObjectKey& key) const;
    ObjectPtr get(std::string_view ns, std::string_view name) const {
        return get(ObjectKey{std::string(ns), std::string(name)});
    }
    /// All objects, ordered by namespace and name; of one namespace if given.
    std::vector<ObjectPtr> list(std::string_view ns = {}) const;
    std::size_t size() const { return objects_.size(); }
    const ResourceType& type() const { return type_; }

  private:
    Task<ApiResult<std::string>> relist();
    Task<ApiResult<std::string>> follow(std::string resource_version);
    void apply(const ObjectKey& key, ObjectPtr after);

    Client& client_;
    ResourceType type_;
    std::string ns_;
    InformerOptions options_;
    std::vector<Handler> handlers_;
    std::map<ObjectKey, ObjectPtr> objects_;
    bool synced_ = false;
    Notifier synced_changed_;
};

}  // namespace wasmbed::kube
