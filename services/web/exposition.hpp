// What a role's /metrics says: the text format of Prometheus, version 0.0.4.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wasmbed::web {

using Labels = std::map<std::string, std::string>;

struct Sample {
    std::string name;
    Labels labels;
    double value = 0;
};

struct Family {
    std::string type;  ///< "counter", "gauge", "histogram", ...; empty: not told
    std::string help;
};

struct Exposition {
    static constexpr std::size_t kSamplesMax = 2000;

    std::vector<Sample> samples;
    std::map<std::string, Family> families;  ///< by name
};

/// Lines that are not understood are left out, as are buckets of histograms (their sum and count stay) and what is
/// beyond kSamplesMax.
Exposition parse_exposition(std::string_view text);

}  // namespace wasmbed::web
