// Any bytes where a client may put what it likes: selectors, JSON patches, queries, JSONPath, protobuf.
#include "core/base/bytes.hpp"
#include "host/net/http.hpp"
#include "services/apiserver/json_patch.hpp"
#include "services/apiserver/json_path.hpp"
#include "services/apiserver/protobuf.hpp"
#include "services/apiserver/selector.hpp"

using namespace wasmbed;
using namespace wasmbed::apiserver;

/// A valid envelope up to the object's bytes, so that these are reached: "k8s\0", TypeMeta of a Secret, the tag of raw.
static const std::string kPrefix("k8s\0\x0a\x0c\x0a\x02v1\x12\x06Secret\x12\x7f", 20);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto text = text_of(Bytes(data, size));
    if (auto labels = LabelSelector::parse(text)) static_cast<void>(labels->matches({{"a", "b"}}));
    json::value object = json::object{{"a", json::array{1, json::object{{"b", "c"}}}}};
    if (auto fields = FieldSelector::parse(text)) static_cast<void>(fields->matches(object));
    static_cast<void>(json_path(object, text));
    static_cast<void>(net::Query(text).text());
    if (auto patch = parse_json(text)) static_cast<void>(apply_json_patch(object, *patch));
    static_cast<void>(decode_protobuf(text));
    static_cast<void>(decode_protobuf(kPrefix + std::string(text)));
    return 0;
}
