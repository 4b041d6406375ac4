// Any bytes: translate refuses them or makes an image, inside the areas it was given.
#include <cstdlib>
#include <vector>

#include "core/wasm/engine.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace wasmbed;
    using namespace wasmbed::wasm;
    const std::vector<std::uint8_t> wasm(data, data + size);  // exactly as long, so that reading beyond shows
    // The first bytes choose how tight the areas are; errors for lack of room are paths of their own.
    const std::size_t image_bytes = size > 8 ? 256 + data[size - 1] * 256u : 4096;
    std::vector<std::uint32_t> image(image_bytes / 4);
    std::vector<std::uint32_t> scratch(4096);
    const auto module = translate(wasm, {reinterpret_cast<std::uint8_t*>(image.data()), 4 * image.size()},
                                  {reinterpret_cast<std::uint8_t*>(scratch.data()), 4 * scratch.size()});
    const auto needs = measure(wasm);
    if (!module) return 0;
    if (!needs || module->image().size() > needs->image_bytes) std::abort();
    for (std::uint32_t i = 0; i < module->import_count(); ++i) (void)module->import(i);
    for (std::uint32_t i = 0; i < module->export_count(); ++i) (void)module->export_at(i);
    if (!Module::attach(wasm, module->image())) std::abort();
    return 0;
}
