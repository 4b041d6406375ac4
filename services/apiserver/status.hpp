// Kubernetes Status objects: how the API says what went wrong.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "host/base/json.hpp"
#include "services/apiserver/kind.hpp"

namespace wasmbed::apiserver {

/// One thing that is wrong with an object (field.Error of apimachinery).
struct FieldError {
    std::string reason;   ///< "FieldValueInvalid", "FieldValueRequired", "FieldValueNotSupported", ...
    std::string field;    ///< "spec.target.selector"
    std::string message;  ///< "Unsupported value: ..."
};

/// An error answer: a metav1.Status.
struct Failure {
    int code;
    std::string reason;
    std::string message;
    json::object details = {};

    json::object status() const;
};

template <class T>
using Outcome = Result<T, Failure>;

Failure not_found(const Kind& kind, std::string_view name);
/// The path names nothing that is served.
Failure no_such_path();
Failure already_exists(const Kind& kind, std::string_view name);
Failure conflict(const Kind& kind, std::string_view name, std::string_view why);
/// The resourceVersion given is not the current one.
Failure stale(const Kind& kind, std::string_view name);
Failure invalid(const Kind& kind, std::string_view name, const std::vector<FieldError>& errors);
Failure bad_request(std::string message);
Failure unsupported_media_type(std::string_view accepted);
Failure method_not_allowed();
Failure unauthorized();
Failure expired(std::string message);
Failure gone(std::int64_t wanted, std::int64_t oldest);
Failure internal_error(std::string message);
Failure forbidden(const std::string& message, const Kind* kind, std::string_view name);

/// The answer to a deletion that is done.
json::object deleted_status(const Kind& kind, std::string_view name, std::string_view uid);

}  // namespace wasmbed::apiserver
