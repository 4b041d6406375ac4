// Names of kinds and objects, and errors, as the Kubernetes API has them.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "host/base/json.hpp"

namespace wasmbed::kube {

/// A kind as its REST path names it.
struct ResourceType {
    std::string_view group;    ///< empty: core
    std::string_view version;  ///< "v1alpha1"
    std::string_view plural;   ///< "devices"
    std::string_view kind;     ///< "Device"
    bool namespaced = true;

    /// "wasmbed.io/v1alpha1", or "v1" for the core group.
    std::string api_version() const;
    /// "/apis/G/V/namespaces/NS/PLURAL[/NAME]"; an empty namespace means all of them.
    std::string path(std::string_view ns, std::string_view name = {}) const;
};

inline constexpr ResourceType kDevices{"wasmbed.io", "v1alpha1", "devices", "Device"};
inline constexpr ResourceType kApplications{"wasmbed.io", "v1alpha1", "applications", "Application"};
inline constexpr ResourceType kApplicationRevisions{"wasmbed.io", "v1alpha1", "applicationrevisions",
                                                    "ApplicationRevision"};
inline constexpr ResourceType kGateways{"wasmbed.io", "v1alpha1", "gateways", "Gateway"};
inline constexpr ResourceType kNamespaces{"", "v1", "namespaces", "Namespace", false};
inline constexpr ResourceType kSecrets{"", "v1", "secrets", "Secret"};
inline constexpr ResourceType kConfigMaps{"", "v1", "configmaps", "ConfigMap"};
inline constexpr ResourceType kEvents{"", "v1", "events", "Event"};
inline constexpr ResourceType kLeases{"coordination.k8s.io", "v1", "leases", "Lease"};
inline constexpr ResourceType kTokenReviews{"authentication.k8s.io", "v1", "tokenreviews", "TokenReview", false};
inline constexpr ResourceType kSubjectAccessReviews{"authorization.k8s.io", "v1", "subjectaccessreviews",
                                                    "SubjectAccessReview", false};

/// What names an object within its kind.
struct ObjectKey {
    std::string ns;  ///< empty for cluster-scoped kinds
    std::string name;

    auto operator<=>(const ObjectKey&) const = default;
    /// "namespace/name", or "name".
    std::string text() const;
};

/// The key in an object's metadata.
ObjectKey key_of(const json::value& object);

/// Why a call failed: what the server's Status said, or (code 0) that there was no answer.
struct ApiError {
    int code = 0;         ///< HTTP status; 0: no answer, `message` has the network's reason
    std::string reason;   ///< "NotFound", "Conflict", "AlreadyExists", "Invalid", "Expired", "Forbidden", ...
    std::string message;  ///< for people

    bool not_found() const { return code == 404; }
    /// A stale resourceVersion: read again, decide again.
    bool conflict() const { return code == 409 && reason != "AlreadyExists"; }
    bool already_exists() const { return code == 409 && reason == "AlreadyExists"; }
    /// The revision asked for is no longer kept: list again.
    bool expired() const { return code == 410; }
    bool no_answer() const { return code == 0; }
    /// Worth trying again unchanged: no answer, 429 or 5xx.
    bool transient() const { return code == 0 || code == 429 || code >= 500; }
};

template <class T>
using ApiResult = Result<T, ApiError>;

}  // namespace wasmbed::kube
