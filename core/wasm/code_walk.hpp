// Where operations lie in an image.
#pragma once

#include <cstdint>

#include "core/wasm/module_view.hpp"
#include "core/wasm/ops.hpp"

namespace wasmbed::wasm {

/// Token of the operation at `code`; kOpCount or more if that is none.
inline unsigned token_at(const std::uint8_t* code) {
    if (code[0] == kEscape) return kEscape + code[1];
    return code[0] < kEscape ? code[0] : kOpCount;
}

/// A `_d` twin follows the operation it is the twin of, and has the same form.
inline bool is_twin(unsigned token) {
    return token > 0 && kOpInfo[token - 1].has_twin();
}

/// Bytes of the operation at `code`, a br_table's distances included; 1 if there is no such operation.
inline std::uint32_t operation_length(const std::uint8_t* code) {
    const unsigned token = token_at(code);
    if (token >= kOpCount) return 1;
    const Layout place = layout_of(kOpInfo[token].form(), on_second_page(static_cast<Op>(token)));
    const std::uint32_t length = place.length + is_twin(token);
    if (static_cast<Op>(token) != Op::kBrTable) return length;
    // Behind it its distances, the default's last.
    return length + 2 * ((code[place.half] | code[place.half + 1] << 8) + 1u);
}

/// End of an own function's code, up to three bytes of padding included.
inline std::uint32_t code_end_of(const Module& module, std::uint32_t function) {
    const ImageHeader& h = module.header();
    if (function + 1 < h.function_count) return code_offset_of(module, function + 1);
    return h.data_count != 0 ? h.data_at : h.image_bytes;
}

/// Is this the padding behind a function's last operation? `end`: of its code.
inline bool is_padding(const std::uint8_t* image, std::uint32_t at, std::uint32_t end) {
    return image[at] == kPadding && (at + 1 == end || image[at + 1] == kPadding);
}

/// Calls `visit` with the offset in the image of each operation of an own function, in order. Returns where they end.
template <class Visit>
std::uint32_t walk_operations(const Module& module, std::uint32_t function, Visit visit) {
    const std::uint8_t* image = module.image().data();
    const std::uint32_t end = code_end_of(module, function);
    std::uint32_t at = code_offset_of(module, function) + sizeof(FunctionHeader);
    for (; at < end && !is_padding(image, at, end); at += operation_length(image + at)) visit(at);
    return at;
}

/// Does an operation of an own function begin at this offset in the image? Walks over the function's code.
inline bool is_operation(const Module& module, std::uint32_t function, std::uint32_t offset) {
    const std::uint8_t* image = module.image().data();
    const std::uint32_t end = code_end_of(module, function);
    std::uint32_t at = code_offset_of(module, function) + sizeof(FunctionHeader);
    while (at < offset && at < end) at += operation_length(image + at);
    if (at != offset || at >= end) return false;
    if (image[at] == kEscape && at + 1 == end) return false;  // its second byte is not there
    return token_at(image + at) < kOpCount && at + operation_length(image + at) <= end;
}

}  // namespace wasmbed::wasm
