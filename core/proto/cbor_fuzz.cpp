// Any bytes: validation ends without reading outside them, and what is valid can be stepped over item by item.

#include "core/base/assert.hpp"
#include "core/proto/cbor_reader.hpp"

using namespace wasmbed;
using namespace wasmbed::proto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes input(data, size);
    const auto valid = cbor_validate(input);
    WASMBED_ASSERT(valid.has_value() || valid.error().offset <= size);

    CborReader reader(input);
    WASMBED_ASSERT(reader.ok() == valid.has_value());
    const Bytes skipped = reader.skip();
    WASMBED_ASSERT(!valid || (reader.ok() && skipped.size() == size));
    return 0;
}
