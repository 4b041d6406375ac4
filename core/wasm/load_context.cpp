#include "core/wasm/load_context.hpp"

namespace wasmbed::wasm {

FuncType LoadContext::type(std::uint32_t index) const {
#if WASMBED_WASM_STREAMED
    return function_type_at({image.data(), image.used()}, types()[index].at);
#else
    return function_type_at(wasm, types()[index].at);
#endif
}

std::uint32_t LoadContext::read_index(std::uint32_t limit, Rule rule) {
    const std::uint32_t at = reader.position();
    const std::uint32_t index = reader.index();
    if (index < limit) return index;
    reader.fail(rule, at, index);
    return kNone;
}

void LoadContext::no_space(Rule area, std::uint32_t bytes) {
    reader.fail(area, reader.position(), bytes);
}

std::uint8_t* LoadContext::take_image(std::uint32_t bytes) {
    const std::uint32_t at = image.take(bytes);
    if (at == kNone) no_space(Rule::kImageArea, image.size());
    return at == kNone ? nullptr : image.data() + at;
}

std::uint8_t* LoadContext::take_scratch(std::uint32_t bytes) {
    const std::uint32_t at = scratch.take(bytes);
    if (at == kNone) no_space(Rule::kScratchArea, scratch.size());
    return at == kNone ? nullptr : scratch.data() + at;
}

}  // namespace wasmbed::wasm
