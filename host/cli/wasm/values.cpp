#include "host/cli/wasm/values.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <type_traits>

namespace wasmbed::wasm_tools {
namespace {

using wasm::ValType;

template <class Float>
using BitsOf = std::conditional_t<sizeof(Float) == 4, std::uint32_t, std::uint64_t>;
template <class Float>
constexpr BitsOf<Float> kPayload = (BitsOf<Float>{1} << (std::numeric_limits<Float>::digits - 1)) - 1;
/// Payload of a canonical NaN (section 4.3.3): only its highest bit.
template <class Float>
constexpr BitsOf<Float> kCanonical = BitsOf<Float>{1} << (std::numeric_limits<Float>::digits - 2);

/// "nan", or with another payload than the canonical one "nan:0x123", as the text format has it (section 6.3.2).
template <class Float>
std::string shortest(Float value) {
    char digits[64];
    std::string text{digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
    const BitsOf<Float> payload = std::bit_cast<BitsOf<Float>>(value) & kPayload<Float>;
    if (!std::isnan(value) || payload == kCanonical<Float>) return text;
    return fmt::format("{}nan:0x{:x}", std::signbit(value) ? "-" : "", payload);
}

void append(std::vector<std::uint32_t>& slots, std::uint64_t bits, std::uint32_t count) {
    slots.push_back(static_cast<std::uint32_t>(bits));
    if (count == 2) slots.push_back(static_cast<std::uint32_t>(bits >> 32));
}

/// -2^(N-1) to 2^N-1, so that a bit pattern may be given either way.
template <class Unsigned>
bool parse_integer(std::string_view text, std::uint64_t& bits) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    const bool hex = text.starts_with("0x");
    if (hex) text.remove_prefix(2);
    Unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
    if (error != std::errc{} || end != text.data() + text.size()) return false;
    constexpr Unsigned kLowest = Unsigned{1} << (8 * sizeof(Unsigned) - 1);
    if (negative && value > kLowest) return false;
    bits = negative ? static_cast<Unsigned>(Unsigned{0} - value) : value;
    return true;
}

/// "nan:0x123" or "-nan:0x123"; a payload of 0 would be infinity.
template <class Float>
bool parse_payload(std::string_view text, std::uint64_t& bits) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    constexpr std::string_view kPrefix = "nan:0x";
    std::uint64_t payload = 0;
    if (!text.starts_with(kPrefix) || !parse_integer<std::uint64_t>(text.substr(kPrefix.size() - 2), payload))
        return false;
    if (payload == 0 || payload > kPayload<Float>) return false;
    const Float infinity = negative ? -std::numeric_limits<Float>::infinity() : std::numeric_limits<Float>::infinity();
    bits = std::bit_cast<BitsOf<Float>>(infinity) | payload;
    return true;
}

template <class Float>
bool parse_float(std::string_view text, std::uint64_t& bits) {
    if (parse_payload<Float>(text, bits)) return true;
    Float value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return false;
    bits = std::bit_cast<BitsOf<Float>>(value);
    return true;
}

bool parse(ValType type, std::string_view text, std::uint64_t& bits) {
    switch (type) {
        case ValType::kI32:
            return parse_integer<std::uint32_t>(text, bits);
        case ValType::kI64:
            return parse_integer<std::uint64_t>(text, bits);
        case ValType::kF32:
            return parse_float<float>(text, bits);
        case ValType::kF64:
            return parse_float<double>(text, bits);
        default:
            bits = wasm::kNullRef;
            return text == "null";
    }
}

std::string list(Bytes types) {
    std::string text;
    for (const std::uint8_t type : types) text += (text.empty() ? "" : ", ") + std::string(name_of(type));
    return text;
}

}  // namespace

std::string_view name_of(std::uint8_t type) {
    switch (static_cast<ValType>(type)) {
        case ValType::kI32:
            return "i32";
        case ValType::kI64:
            return "i64";
        case ValType::kF32:
            return "f32";
        case ValType::kF64:
            return "f64";
        case ValType::kFuncref:
            return "funcref";
        case ValType::kExternref:
            return "externref";
    }
    return "unknown";
}

std::string text_of(const wasm::FuncType& type) {
    std::string text = "(" + list(type.params) + ")";
    if (type.results.empty()) return text;
    const std::string results = list(type.results);
    return text + " -> " + (type.results.size() == 1 ? results : "(" + results + ")");
}

std::string text_of_value(std::uint8_t type, std::span<const std::uint32_t> slots) {
    const std::uint64_t wide = wasm::slots_of(type) == 2 ? slots[0] | std::uint64_t{slots[1]} << 32 : slots[0];
    const std::string prefix = std::string(name_of(type)) + ":";
    switch (static_cast<ValType>(type)) {
        case ValType::kI32:
            return prefix + std::to_string(static_cast<std::int32_t>(slots[0]));
        case ValType::kI64:
            return prefix + std::to_string(static_cast<std::int64_t>(wide));
        case ValType::kF32:
            return prefix + shortest(std::bit_cast<float>(slots[0]));
        case ValType::kF64:
            return prefix + shortest(std::bit_cast<double>(wide));
        default:
            return prefix + (slots[0] == wasm::kNullRef ? "null" : fmt::format("0x{:x}", slots[0]));
    }
}

Result<void, std::string> parse_value(std::uint8_t type, std::string_view text, std::vector<std::uint32_t>& slots) {
    const std::string_view name = name_of(type);
    std::string_view digits = text;
    if (digits.starts_with(name) && digits.substr(name.size()).starts_with(':')) digits.remove_prefix(name.size() + 1);
    std::uint64_t bits = 0;
    if (!parse(static_cast<ValType>(type), digits, bits)) {
        const bool reference = wasm::is_reference(type);
        return fail(fmt::format("\"{}\" is no {}{}", text, name, reference ? "; only null can be given" : ""));
    }
    append(slots, bits, wasm::slots_of(type));
    return {};
}

}  // namespace wasmbed::wasm_tools
