// The Kubernetes REST API for any kind, as JSON values.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "host/base/task.hpp"
#include "host/kube/kubeconfig.hpp"
#include "host/kube/types.hpp"
#include "host/net/http_client.hpp"

namespace wasmbed::kube {

struct ListOptions {
    std::string label_selector;
    std::string field_selector;
    int limit = 0;  ///< page size; `list` follows the continue tokens and returns everything
};

struct WatchOptions {
    std::string label_selector;
    std::string field_selector;
    std::string resource_version;  ///< from a list; empty: start with what is there now
};

struct DeleteOptions {
    std::string resource_version;  ///< precondition, if set
    std::string uid;               ///< precondition, if set
    std::string propagation;       ///< "Background" (default of the server), "Foreground", "Orphan"
};

struct WatchEvent {
    enum class Type { added, modified, deleted, bookmark };
    Type type;
    json::value object;
};

/// Events as they happen. Destroying it ends the watch.
class WatchStream {
  public:
    explicit WatchStream(std::unique_ptr<net::ResponseStream> stream) : stream_(std::move(stream)) {}

    /// The next event; none when the server ended the watch in good order (open it again from the last revision).
    /// An ERROR event, 410 among them, comes as ApiError.
    Task<ApiResult<std::optional<WatchEvent>>> next();

  private:
    std::unique_ptr<net::ResponseStream> stream_;
};

enum class PatchType { merge, json, apply };

/// One API server, one identity. Calls may run at once. An empty namespace means: for list and watch, all; for the
/// others, the kubeconfig's default namespace. Each call takes at most `timeout` (30 s unless set).
class Client {
  public:
    /// `field_manager` goes with every write and names the role: "wasmbed-controller".
    Client(IoContext& io, Kubeconfig config, std::string field_manager);

    Task<ApiResult<json::value>> get(ResourceType type, std::string ns, std::string name);
    /// The list object with all its items; its metadata.resourceVersion is where a watch goes on.
    Task<ApiResult<json::value>> list(ResourceType type, std::string ns, ListOptions options = {});
    Task<ApiResult<json::value>> create(ResourceType type, std::string ns, json::value object);
    /// Replaces the object; metadata.resourceVersion in it makes that conditional (409).
    Task<ApiResult<json::value>> update(ResourceType type, std::string ns, json::value object);
    Task<ApiResult<json::value>> update_status(ResourceType type, std::string ns, json::value object);
    /// RFC 7386 merge patch unless `kind` says otherwise; a metadata.resourceVersion in it makes it conditional (409).
    Task<ApiResult<json::value>> patch(ResourceType type, std::string ns, std::string name, json::value patch,
                                       PatchType kind = PatchType::merge);
    Task<ApiResult<json::value>> patch_status(ResourceType type, std::string ns, std::string name, json::value patch);
    /// Returns the object while finalizers keep it, else a Status.
    Task<ApiResult<json::value>> remove(ResourceType type, std::string ns, std::string name,
                                        DeleteOptions options = {});
    Task<ApiResult<std::unique_ptr<WatchStream>>> watch(ResourceType type, std::string ns, WatchOptions options);

    /// Any other request: `body` null sends none. Errors as above.
    Task<ApiResult<json::value>> raw(std::string method, std::string target, json::value body = nullptr,
                                     std::string content_type = "application/json");

    const std::string& default_namespace() const { return config_.default_namespace; }
    void set_timeout(std::chrono::milliseconds timeout) { timeout_ = timeout; }
    IoContext& io() const { return io_; }

  private:
    std::string write_query() const;
    std::string namespace_or_default(const ResourceType& type, std::string ns) const;

    IoContext& io_;
    Kubeconfig config_;
    std::string field_manager_;
    net::HttpClient http_;
    std::chrono::milliseconds timeout_{30'000};
};

}  // namespace wasmbed::kube
