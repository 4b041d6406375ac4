// Any bytes: translate refuses them or makes an image, inside the areas it was given. The areas are heap blocks of
// exactly their size, so that the address sanitizer sees every access beside them.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "core/wasm/engine.hpp"

namespace {

using namespace wasmbed;
using namespace wasmbed::wasm;

struct Area {
    std::vector<std::uint64_t> words;
    Area(std::size_t bytes, std::uint8_t garbage) : words((bytes + 7) / 8, garbage * 0x0101010101010101u) {}
    MutableBytes span() { return {reinterpret_cast<std::uint8_t*>(words.data()), 8 * words.size()}; }
};

void require(bool holds) {
    if (!holds) std::abort();
}

/// What the module says of itself can be read.
void read_all(const Module& module) {
    for (std::uint32_t i = 0; i < module.import_count(); ++i) (void)module.import(i);
    for (std::uint32_t i = 0; i < module.export_count(); ++i) (void)module.export_at(i);
    for (std::uint32_t i = 0; i < module.function_count(); ++i) (void)module.function_type(i);
    require(Module::attach(module.wasm(), module.image()).has_value());
}

/// The same module in areas as small as `measure` and the first result say, with something else in scratch: the same
/// image. In less there is no room.
void load_again(const Module& module, const Needs& needs, Features features) {
    const std::size_t exact = module.image().size();
    require(exact <= needs.image_bytes);
    // As before, gaps too (0xff). Two bytes for each import while that section is read.
    Area image(exact + 8 + 2 * module.import_count(), 0xc3);
    Area scratch(std::max<std::size_t>(needs.scratch_bytes, 1 << 14), 0xa5);
    const auto again = translate(module.wasm(), image.span(), scratch.span(), features);
    require(again.has_value());
    require(std::ranges::equal(again->image(), module.image()));
    const auto tight =
        translate(module.wasm(), image.span().first((exact - 1) & ~std::size_t{3}), scratch.span(), features);
    require(!tight && tight.error().kind() == LoadErrorKind::kNoSpace);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::vector<std::uint8_t> wasm(data, data + size);  // exactly as long, so that reading beyond shows
    const auto needs = measure(wasm);
    // Areas are at times too small: errors for lack of room are paths of their own.
    const std::uint8_t tightness = size > 8 ? data[size - 1] : 0;
    Area image(tightness < 200 ? 1 << 15 : 256 + tightness * 8u, 0xc3);
    Area scratch(tightness < 240 ? 1 << 14 : 512, 0x3c);
    const Features features{.multiple_memories = tightness % 2 != 0};
    const auto module = translate(wasm, image.span(), scratch.span(), features);
    if (!module) {
        require(module.error().offset <= size && is_known(module.error().rule));
        return 0;
    }
    require(needs.has_value());
    read_all(*module);
    load_again(*module, *needs, features);
    return 0;
}
