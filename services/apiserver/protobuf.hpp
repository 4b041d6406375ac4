// Bodies in Kubernetes' protobuf encoding, which newer clients send for built-in kinds. They are turned into the JSON
// that they stand for; answers are JSON, which every client accepts beside protobuf.
#pragma once

#include <string_view>

#include "core/base/result.hpp"
#include "host/base/json.hpp"

namespace wasmbed::apiserver {

inline constexpr std::string_view kProtobufType = "application/vnd.kubernetes.protobuf";

/// The object in `body`: "k8s\0", then runtime.Unknown (k8s.io/apimachinery/pkg/runtime/generated.proto). Fields that
/// are empty and not optional are left out, as encoding/json's omitempty does. The error names the kind or the place.
Result<json::value, std::string> decode_protobuf(std::string_view body);

}  // namespace wasmbed::apiserver
