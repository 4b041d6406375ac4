#include "host/base/metrics_text.hpp"

#include <cstdio>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

namespace wasmbed {
namespace {

/// Resident memory of this process, bytes; 0 when the kernel does not say.
std::uint64_t resident_bytes() {
    std::FILE* file = std::fopen("/proc/self/statm", "re");
    if (file == nullptr) return 0;
    unsigned long total = 0, resident = 0;
    const int got = std::fscanf(file, "%lu %lu", &total, &resident);
    std::fclose(file);
    return got == 2 ? std::uint64_t{resident} * std::uint64_t(::sysconf(_SC_PAGESIZE)) : 0;
}

/// CPU time of this process, user and system, seconds.
double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) { return double(time.tv_sec) + double(time.tv_usec) / 1e6; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

void metric_head(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void metric_sample(std::string& out, std::string_view name,
                   std::initializer_list<std::pair<std::string_view, std::string_view>> labels, double value) {
    out += name;
    for (const auto* label = labels.begin(); label != labels.end(); ++label) {
        out += fmt::format("{}{}=\"{}\"", label == labels.begin() ? "{" : ",", label->first, label->second);
    }
    out += fmt::format("{} {}\n", labels.size() > 0 ? "}" : "", value);
}

void process_metrics(std::string& out) {
    constexpr char kMemory[] = "wasmbed_process_resident_memory_bytes";
    constexpr char kCpu[] = "wasmbed_process_cpu_seconds_total";
    metric_head(out, kMemory, "gauge", "Resident memory of this process.");
    metric_sample(out, kMemory, {}, double(resident_bytes()));
    metric_head(out, kCpu, "counter", "User and system time of this process.");
    metric_sample(out, kCpu, {}, cpu_seconds());
}

}  // namespace wasmbed
