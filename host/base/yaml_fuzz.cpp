// Any bytes as YAML and as JSON: no crash, and what was read as YAML is printed so that it reads back the same.
#include <cstdlib>

#include "core/base/bytes.hpp"
#include "host/base/yaml.hpp"

using namespace wasmbed;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto text = text_of(Bytes(data, size));
    static_cast<void>(parse_json(text));
    auto documents = parse_yaml(text);
    if (!documents) return 0;
    for (const auto& document : *documents) {
        if (!document.is_object()) continue;
        auto printed = to_yaml(document);
        auto again = parse_yaml(printed);
        // Too deep or too long to be read is fine; anything else would be a wrong document in a user's file.
        if (again && (again->size() != 1 || again->front() != document)) std::abort();
    }
    return 0;
}
