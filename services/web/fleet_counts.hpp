// What the Device objects say about the fleet as a whole, as samples.
#pragma once

#include <vector>

#include "host/kube/informer.hpp"
#include "services/web/exposition.hpp"

namespace wasmbed::web {

/// wasmbed_fleet_devices{phase}, wasmbed_fleet_apps{state}, wasmbed_fleet_app_restarts (a sum),
/// wasmbed_fleet_app_failures{reason}. States of apps are what the devices reported last; those of devices that are not
/// connected count as Unknown.
std::vector<Sample> count_fleet(const std::vector<kube::ObjectPtr>& devices);

/// Types and meanings of these, for /metrics/names.
const std::map<std::string, Family>& fleet_families();

}  // namespace wasmbed::web
