// Requests come from devices nobody knows yet: whatever the bytes, the answer is a P-256 key or an error.
#include "host/pki/csr.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto request = wasmbed::pki::parse_csr({data, size});
    if (request && request->key.point()[0] != 4) __builtin_trap();
    return 0;
}
