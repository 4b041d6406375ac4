// How much room a module takes at most, from its section headers.
#include <iterator>

#include "core/wasm/image.hpp"
#include "core/wasm/module.hpp"
#include "core/wasm/reader.hpp"

namespace wasmbed::wasm {

namespace {

// Bytes of translated code per byte of a function body at most: an instruction of one byte that needs a constant, an
// operand and a result in slots above 255 costs most. Ordinary code takes 0.7 to 0.9; the worst that was found takes 18
// (tests/wasm/measure_test.cpp).
constexpr std::uint64_t kWorstCodeFactor = 32;
constexpr std::uint64_t kFunctionBytes = sizeof(FunctionHeader) + 4 + 8;
// Operand and block stacks of ordinary functions: 128 operands, 48 blocks. Deeper ones are refused with kNoSpace.
constexpr std::uint64_t kStacksBytes = 128 * 12 + 48 * 48;

std::uint32_t clip(std::uint64_t bytes) {
    return bytes > 0xffffffff ? 0xffffffff : static_cast<std::uint32_t>(bytes);
}

/// Greatest number of locals that any body's size allows for.
std::uint64_t locals_of_body(Reader& r) {
    std::uint64_t count = 0;
    const std::uint32_t groups = r.u32();
    for (std::uint32_t i = 0; i < groups && r.ok(); ++i) {
        count += r.u32();
        r.byte();
    }
    return count > 8000 ? 8000 : count;
}

/// What an entry of each section takes in the image and in scratch, by the section's number.
struct Cost {
    std::uint8_t image;
    std::uint8_t scratch;
};
constexpr Cost kCosts[] = {
    {0, 0}, {sizeof(TypeEntry), 0}, {2, 4}, {kFunctionBytes, 2}, {0, 1}, {0, 0}, {0, 1}, {0, 8}, {0, 0}, {4, 1}, {0, 0},
    {4, 0},
};
constexpr std::uint32_t kTypeSection = 1;
constexpr std::uint32_t kCodeSection = 10;
/// Room for what arrays take to begin at multiples of four.
constexpr std::uint64_t kAlignmentBytes = 64;

}  // namespace

Result<Needs, LoadError> measure(ModuleBytes wasm) {
    Reader r(wasm);
    r.skip(8);
    std::uint64_t image = sizeof(ImageHeader) + kAlignmentBytes;
    std::uint64_t scratch = kAlignmentBytes;
    std::uint64_t locals = 0;
    while (r.ok() && !r.done()) {
        const std::uint8_t id = r.byte();
        const std::uint32_t size = r.u32();
        if (r.ok() && size > r.left()) r.fail(Rule::kLengthOutOfBounds, r.position());
        if (!r.ok()) break;
        const std::uint32_t end = r.position() + size;
        const std::uint64_t count = id == 0 || size == 0 ? 0 : r.u32();
        if (id < std::size(kCosts)) {
            image += count * kCosts[id].image;
            scratch += count * kCosts[id].scratch;
        }
        if (WASMBED_WASM_STREAMED && id == kTypeSection) image += size + 3 * count;  // the types' lists, 4-aligned
        if (id == kCodeSection) {
            image += size * kWorstCodeFactor;
            for (std::uint64_t i = 0; i < count && r.ok() && r.position() < end; ++i) {
                const std::uint32_t body = r.u32();
                const std::uint32_t body_end = r.position() + (body <= r.left() ? body : r.left());
                const std::uint64_t found = locals_of_body(r);
                if (found > locals) locals = found;
                r.seek(body_end);
            }
        }
        r.seek(end);
    }
    if (!r.ok()) return fail(r.error());
    return Needs{clip(image), clip(scratch + 2 * (locals + 240) + kStacksBytes)};
}

}  // namespace wasmbed::wasm
