// The text that Prometheus reads (exposition format 0.0.4), and what every role's process says in it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace wasmbed {

inline constexpr char kMetricsContentType[] = "text/plain; version=0.0.4; charset=utf-8";

/// Adds the two lines in front of a metric's samples. `type`: counter, gauge, histogram or summary.
void metric_head(std::string& out, std::string_view name, std::string_view type, std::string_view help);

/// Adds one sample; labels need no escapes here: their values are names of our own.
void metric_sample(std::string& out, std::string_view name,
                   std::initializer_list<std::pair<std::string_view, std::string_view>> labels, double value);

/// Resident memory and CPU time of this process: wasmbed_process_resident_memory_bytes and
/// wasmbed_process_cpu_seconds_total.
void process_metrics(std::string& out);

}  // namespace wasmbed
