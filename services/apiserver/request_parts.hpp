// What an HTTP request asks for, in the terms of the API: its target, verb, filter, options and body.
#pragma once

#include "host/net/http_server.hpp"
#include "services/apiserver/object_writer.hpp"
#include "services/apiserver/table.hpp"
#include "services/apiserver/watch.hpp"

namespace wasmbed::apiserver {

struct ReviewKind;

inline constexpr std::string_view kApplyType = "application/apply-patch+yaml";

/// What a path names; null kind and review when there is no such thing.
struct Target {
    const Kind* kind = nullptr;
    const ReviewKind* review = nullptr;
    ObjectKey key;  ///< name empty: the collection; ns empty: all namespaces
    std::string subresource;
};

Target parse_target(const KindRegistry& kinds, const net::Request& request);

/// "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"; empty for any other method.
std::string verb_of(const net::Request& request, const Target& target);

/// The label and field selectors and the namespace. Fields that Kubernetes does not index are an error.
Outcome<Filter> filter_of(const net::Request& request, const Target& target);

/// The media type without its parameters.
std::string_view content_type_of(const net::Request& request);

/// The body as JSON, from JSON or Kubernetes' protobuf.
Outcome<json::value> body_of(const net::Request& request);

Outcome<WriteOptions> options_of(const net::Request& request, const Target& target);
/// From the query and from the DeleteOptions in the body; the body wins.
Outcome<DeleteRequest> delete_request_of(const net::Request& request);

/// How much of each object a Table carries.
TableObject include_of(const net::Request& request);

/// A number in the query, 0 when it is absent.
Outcome<std::int64_t> number_of(const net::Request& request, std::string_view name);

}  // namespace wasmbed::apiserver
