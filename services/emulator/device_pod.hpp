// The Pod in which the board of one Device runs, on a cluster.
#pragma once

#include <string>

#include "host/base/json.hpp"

namespace wasmbed::emulator {

inline constexpr char kPodApp[] = "wasmbed-board";                  ///< label `app` of these Pods
inline constexpr char kPodDevice[] = "wasmbed.io/emulated-device";  ///< annotation: NAMESPACE/NAME of the Device

/// `wasmbed-board-<uid>`: a Device that is made again under its name gets another Pod.
std::string pod_name(const json::value& device);

/// Its one container runs `emulator --device=NAMESPACE/NAME` of the same image, with the same ServiceAccount and keys,
/// in `roles_namespace`, where those are. It belongs to the Device if that is in the same namespace. Pure.
json::value device_pod(const json::value& device, const std::string& roles_namespace, const std::string& image);

}  // namespace wasmbed::emulator
