#include "services/apiserver/protobuf_messages.hpp"

namespace wasmbed::apiserver {
namespace {

using enum FieldType;
using enum FieldShape;
using Field = MessageField;

// k8s.io/apimachinery/pkg/apis/meta/v1
constexpr Field kOwnerReference[] = {{1, "kind"},
                                     {3, "name"},
                                     {4, "uid"},
                                     {5, "apiVersion"},
                                     {6, "controller", boolean, optional},
                                     {7, "blockOwnerDeletion", boolean, optional}};
constexpr Field kFieldsV1[] = {{1, "raw", raw_json}};
constexpr Field kManagedFields[] = {{1, "manager"},    {2, "operation"},  {3, "apiVersion"},
                                    {4, "time", time}, {6, "fieldsType"}, {7, "fieldsV1", message, plain, kFieldsV1},
                                    {8, "subresource"}};
constexpr Field kMetadata[] = {{1, "name"},
                               {2, "generateName"},
                               {3, "namespace"},
                               {4, "selfLink"},
                               {5, "uid"},
                               {6, "resourceVersion"},
                               {7, "generation", integer},
                               {8, "creationTimestamp", time},
                               {9, "deletionTimestamp", time},
                               {10, "deletionGracePeriodSeconds", integer, optional},
                               {11, "labels", text, map},
                               {12, "annotations", text, map},
                               {13, "ownerReferences", message, list, kOwnerReference},
                               {14, "finalizers", text, list},
                               {17, "managedFields", message, list, kManagedFields}};
constexpr Field kPreconditions[] = {{1, "uid", text, optional}, {2, "resourceVersion", text, optional}};
constexpr Field kDeleteOptions[] = {{1, "gracePeriodSeconds", integer, optional},
                                    {2, "preconditions", message, plain, kPreconditions},
                                    {3, "orphanDependents", boolean, optional},
                                    {4, "propagationPolicy", text, optional},
                                    {5, "dryRun", text, list}};

// k8s.io/api/core/v1
constexpr Field kNamespaceSpec[] = {{1, "finalizers", text, list}};
constexpr Field kNamespaceStatus[] = {{1, "phase"}};
constexpr Field kNamespace[] = {{1, "metadata", message, plain, kMetadata},
                                {2, "spec", message, plain, kNamespaceSpec},
                                {3, "status", message, plain, kNamespaceStatus}};
constexpr Field kSecret[] = {{1, "metadata", message, plain, kMetadata},
                             {2, "data", bytes, map},
                             {3, "type"},
                             {4, "stringData", text, map},
                             {5, "immutable", boolean, optional}};
constexpr Field kConfigMap[] = {{1, "metadata", message, plain, kMetadata},
                                {2, "data", text, map},
                                {3, "binaryData", bytes, map},
                                {4, "immutable", boolean, optional}};
constexpr Field kObjectReference[] = {{1, "kind"},       {2, "namespace"},       {3, "name"},     {4, "uid"},
                                      {5, "apiVersion"}, {6, "resourceVersion"}, {7, "fieldPath"}};
constexpr Field kEventSource[] = {{1, "component"}, {2, "host"}};
constexpr Field kEventSeries[] = {{1, "count", integer}, {2, "lastObservedTime", micro_time}};
constexpr Field kEvent[] = {{1, "metadata", message, plain, kMetadata},
                            {2, "involvedObject", message, plain, kObjectReference},
                            {3, "reason"},
                            {4, "message"},
                            {5, "source", message, plain, kEventSource},
                            {6, "firstTimestamp", time},
                            {7, "lastTimestamp", time},
                            {8, "count", integer},
                            {9, "type"},
                            {10, "eventTime", micro_time},
                            {11, "series", message, plain, kEventSeries},
                            {12, "action"},
                            {13, "related", message, plain, kObjectReference},
                            {14, "reportingComponent"},
                            {15, "reportingInstance"}};

// k8s.io/api/coordination/v1
constexpr Field kLeaseSpec[] = {{1, "holderIdentity", text, optional},
                                {2, "leaseDurationSeconds", integer, optional},
                                {3, "acquireTime", micro_time},
                                {4, "renewTime", micro_time},
                                {5, "leaseTransitions", integer, optional}};
constexpr Field kLease[] = {{1, "metadata", message, plain, kMetadata}, {2, "spec", message, plain, kLeaseSpec}};

// k8s.io/api/authentication/v1 and authorization/v1
constexpr Field kTokenReviewSpec[] = {{1, "token"}, {2, "audiences", text, list}};
constexpr Field kTokenReview[] = {{1, "metadata", message, plain, kMetadata},
                                  {2, "spec", message, plain, kTokenReviewSpec}};
constexpr Field kSelfReview[] = {{1, "metadata", message, plain, kMetadata}};
constexpr Field kResourceAttributes[] = {{1, "namespace"}, {2, "verb"},        {3, "group"}, {4, "version"},
                                         {5, "resource"},  {6, "subresource"}, {7, "name"}};
constexpr Field kPathAttributes[] = {{1, "path"}, {2, "verb"}};
constexpr Field kAccessSpec[] = {{1, "resourceAttributes", message, plain, kResourceAttributes},
                                 {2, "nonResourceAttributes", message, plain, kPathAttributes},
                                 {3, "user"},
                                 {4, "groups", text, list},
                                 {6, "uid"}};
constexpr Field kAccessReview[] = {{1, "metadata", message, plain, kMetadata},
                                   {2, "spec", message, plain, kAccessSpec}};
constexpr Field kRulesSpec[] = {{1, "namespace"}};
constexpr Field kRulesReview[] = {{1, "metadata", message, plain, kMetadata}, {2, "spec", message, plain, kRulesSpec}};

constexpr MessageKind kKinds[] = {{"v1", "Namespace", kNamespace},
                                  {"v1", "Secret", kSecret},
                                  {"v1", "ConfigMap", kConfigMap},
                                  {"v1", "Event", kEvent},
                                  {"v1", "DeleteOptions", kDeleteOptions},
                                  {"coordination.k8s.io/v1", "Lease", kLease},
                                  {"authentication.k8s.io/v1", "TokenReview", kTokenReview},
                                  {"authentication.k8s.io/v1", "SelfSubjectReview", kSelfReview},
                                  {"authorization.k8s.io/v1", "SubjectAccessReview", kAccessReview},
                                  {"authorization.k8s.io/v1", "SelfSubjectAccessReview", kAccessReview},
                                  {"authorization.k8s.io/v1", "SelfSubjectRulesReview", kRulesReview}};

}  // namespace

const MessageKind* message_kind(std::string_view api_version, std::string_view kind) {
    for (const auto& known : kKinds) {
        // DeleteOptions are sent under the version of what they are sent to.
        if (known.kind == kind && (known.api_version == api_version || kind == "DeleteOptions")) return &known;
    }
    return nullptr;
}

}  // namespace wasmbed::apiserver
