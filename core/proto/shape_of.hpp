// How shapes are written down: fields whose kind follows from the member's type. Only for the files that define shapes.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>

#include "core/proto/manifest.hpp"
#include "core/proto/shape.hpp"

namespace wasmbed::proto {

template <class T>
struct MemberKind {
    // An enum counts as its underlying integer, any other class as a structure.
    static constexpr FieldKind kKind = std::is_enum_v<T> && sizeof(T) == 1 ? FieldKind::u8 : FieldKind::structure;
};
template <FieldKind kind>
struct KindIs {
    static constexpr FieldKind kKind = kind;
};
template <>
struct MemberKind<std::uint32_t> : KindIs<FieldKind::u32> {};
template <>
struct MemberKind<std::uint64_t> : KindIs<FieldKind::u64> {};
template <>
struct MemberKind<std::int64_t> : KindIs<FieldKind::i64> {};
template <>
struct MemberKind<bool> : KindIs<FieldKind::boolean> {};
template <>
struct MemberKind<std::optional<std::uint32_t>> : KindIs<FieldKind::opt_u32> {};
template <>
struct MemberKind<std::optional<std::int64_t>> : KindIs<FieldKind::opt_i64> {};
template <>
struct MemberKind<std::string_view> : KindIs<FieldKind::text> {};
template <>
struct MemberKind<Bytes> : KindIs<FieldKind::bytes> {};
template <std::size_t N>
struct MemberKind<std::array<std::uint8_t, N>> : KindIs<FieldKind::octets> {};
template <class T>
struct MemberKind<List<T>> : KindIs<FieldKind::list> {};
template <>
struct MemberKind<List<EnvEntry>> : KindIs<FieldKind::text_map> {};

template <class T>
struct ElementSize {
    static constexpr std::size_t kBytes = 0;
};
template <class T>
struct ElementSize<List<T>> {
    static constexpr std::size_t kBytes = sizeof(T);
};

/// A field of the member's type without bounds, except octets, which are as long as they are.
template <class T>
constexpr Field field_of(unsigned key, std::size_t offset) {
    Field f;
    f.key = static_cast<std::uint8_t>(key);
    f.kind = MemberKind<T>::kKind;
    f.offset = static_cast<std::uint16_t>(offset);
    f.stride = static_cast<std::uint16_t>(ElementSize<T>::kBytes);
    if (f.kind == FieldKind::octets) {
        static_assert(sizeof(T) <= UINT8_MAX || MemberKind<T>::kKind != FieldKind::octets);
        f.min = static_cast<std::uint8_t>(sizeof(T));
        f.max = sizeof(T);
    }
    return f;
}

/// The element of a list.
template <class T>
constexpr Field element_of() {
    return field_of<T>(0, 0);
}

/// WASMBED_FIELD(7, Hello, capacity): key 7 is Hello::capacity.
#define WASMBED_FIELD(key, Struct, member) \
    field_of<decltype(static_cast<Struct*>(nullptr)->member)>(key, offsetof(Struct, member))

}  // namespace wasmbed::proto
