// The one interpreter of shapes: struct to map and map to struct.

#include "core/proto/shape.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "core/base/utf8.hpp"
#include "core/proto/manifest.hpp"
#include "core/proto/provision.hpp"

namespace wasmbed::proto {
namespace {

// Elements are decoded once to check them, into memory that fits each of them.
constexpr std::size_t kElementBytesMax = std::max({sizeof(ReportedApp), sizeof(ManifestKey), sizeof(EnvEntry)});

template <class T>
const T& member(const void* structure, const Field& field) {
    return *reinterpret_cast<const T*>(static_cast<const std::byte*>(structure) + field.offset);
}

template <class T>
T& member(void* structure, const Field& field) {
    return *reinterpret_cast<T*>(static_cast<std::byte*>(structure) + field.offset);
}

void write_field(CborWriter& out, const Field& field, const void* structure);
void read_field(CborReader& in, const Field& field, void* structure);

bool is_present(const Field& field, const void* structure) {
    if (!field.optional) return true;
    switch (field.kind) {
        case FieldKind::boolean:
            return member<bool>(structure, field);
        case FieldKind::opt_u32:
            return member<std::optional<std::uint32_t>>(structure, field).has_value();
        case FieldKind::opt_i64:
            return member<std::optional<std::int64_t>>(structure, field).has_value();
        case FieldKind::text:
            return !member<std::string_view>(structure, field).empty();
        case FieldKind::bytes:
            return !member<Bytes>(structure, field).empty();
        case FieldKind::list:
            return member<ListBase>(structure, field).count > 0;
        case FieldKind::structure: {
            const Field& first = field.shape->fields.front();
            return !member<std::string_view>(&member<std::byte>(structure, field), first).empty();
        }
        default:
            return true;
    }
}

void check_range(CborWriter& out, const Field& field, std::size_t value) {
    if (value < field.min || value > field.max) out.fail_with(CborErrorKind::out_of_range);
}

void write_text(CborWriter& out, const Field& field, std::string_view text) {
    if (field.cut) text = utf8_clip(text, field.max);
    check_range(out, field, text.size());
    if (!utf8_valid(bytes_of(text))) out.fail_with(CborErrorKind::invalid_utf8);
    out.text(text);
}

// The key of a text_map's entry is its first member.
std::string_view entry_key(const void* entry) {
    return *static_cast<const std::string_view*>(entry);
}

void write_list(CborWriter& out, const Field& field, const ListBase& list) {
    const bool is_map = field.kind == FieldKind::text_map;
    check_range(out, field, list.count);
    if (is_map) {
        out.map(list.count);
    } else {
        out.array(list.count);
    }
    if (list.encoded != nullptr) {
        out.encoded({list.encoded, list.encoded_bytes});
        return;
    }
    const auto* element = static_cast<const std::byte*>(list.items);
    for (std::uint32_t i = 0; i < list.count; ++i, element += field.stride) {
        if (is_map && i > 0 && !cbor_text_key_less(entry_key(element - field.stride), entry_key(element))) {
            const bool same = entry_key(element - field.stride) == entry_key(element);
            out.fail_with(same ? CborErrorKind::duplicate_key : CborErrorKind::unsorted_key);
        }
        write_field(out, *field.element, element);
    }
}

void write_number(CborWriter& out, const Field& field, std::uint32_t value) {
    check_range(out, field, value);
    out.uint(value);
}

void write_field(CborWriter& out, const Field& field, const void* structure) {
    switch (field.kind) {
        case FieldKind::u8:
            write_number(out, field, member<std::uint8_t>(structure, field));
            break;
        case FieldKind::u32:
            write_number(out, field, member<std::uint32_t>(structure, field));
            break;
        case FieldKind::u64:
            out.uint(member<std::uint64_t>(structure, field));
            break;
        case FieldKind::i64:
            out.integer(member<std::int64_t>(structure, field));
            break;
        case FieldKind::boolean:
            out.boolean(member<bool>(structure, field));
            break;
        case FieldKind::opt_u32:
            write_number(out, field, *member<std::optional<std::uint32_t>>(structure, field));
            break;
        case FieldKind::opt_i64:
            out.integer(*member<std::optional<std::int64_t>>(structure, field));
            break;
        case FieldKind::text:
            write_text(out, field, member<std::string_view>(structure, field));
            break;
        case FieldKind::bytes: {
            const Bytes value = member<Bytes>(structure, field);
            check_range(out, field, value.size());
            out.bytes(value);
            break;
        }
        case FieldKind::octets:
            out.bytes({&member<std::uint8_t>(structure, field), field.max});
            break;
        case FieldKind::structure:
            write_shape(out, *field.shape, &member<std::byte>(structure, field));
            break;
        case FieldKind::list:
        case FieldKind::text_map:
            write_list(out, field, member<ListBase>(structure, field));
            break;
    }
}

void read_octets(CborReader& in, const Field& field, std::uint8_t* to) {
    const Bytes value = in.read_bytes(field.max, field.max);
    if (in.ok()) std::copy(value.begin(), value.end(), to);
}

void read_list(CborReader& in, const Field& field, ListBase& list) {
    const bool is_map = field.kind == FieldKind::text_map;
    const std::size_t count = is_map ? in.read_map(field.min, field.max) : in.read_array(field.min, field.max);
    const std::size_t start = in.offset();
    alignas(std::max_align_t) std::byte element[kElementBytesMax];
    for (std::size_t i = 0; i < count && in.ok(); ++i) {
        std::memset(element, 0, sizeof element);
        read_field(in, *field.element, element);
    }
    if (!in.ok()) return;
    const Bytes encoded = in.since(start);
    list = {.encoded = encoded.data(),
            .encoded_bytes = static_cast<std::uint32_t>(encoded.size()),
            .count = static_cast<std::uint32_t>(count)};
}

std::uint32_t read_number(CborReader& in, const Field& field) {
    const std::size_t at = in.offset();
    const auto value = static_cast<std::uint32_t>(in.read_uint(field.max));
    if (value < field.min) in.fail_at(CborErrorKind::out_of_range, at);
    return value;
}

void read_field(CborReader& in, const Field& field, void* structure) {
    switch (field.kind) {
        case FieldKind::u8:
            member<std::uint8_t>(structure, field) = static_cast<std::uint8_t>(read_number(in, field));
            break;
        case FieldKind::u32:
            member<std::uint32_t>(structure, field) = read_number(in, field);
            break;
        case FieldKind::u64:
            member<std::uint64_t>(structure, field) = in.read_uint();
            break;
        case FieldKind::i64:
            member<std::int64_t>(structure, field) = in.read_int();
            break;
        case FieldKind::boolean:
            member<bool>(structure, field) = in.read_bool();
            break;
        case FieldKind::opt_u32:
            member<std::optional<std::uint32_t>>(structure, field) = read_number(in, field);
            break;
        case FieldKind::opt_i64:
            member<std::optional<std::int64_t>>(structure, field) = in.read_int();
            break;
        case FieldKind::text:
            member<std::string_view>(structure, field) = in.read_text(field.min, field.max);
            break;
        case FieldKind::bytes:
            member<Bytes>(structure, field) = in.read_bytes(field.min, field.max);
            break;
        case FieldKind::octets:
            read_octets(in, field, &member<std::uint8_t>(structure, field));
            break;
        case FieldKind::structure:
            read_shape(in, *field.shape, &member<std::byte>(structure, field));
            break;
        case FieldKind::list:
        case FieldKind::text_map:
            read_list(in, field, member<ListBase>(structure, field));
            break;
    }
}

}  // namespace

void write_shape(CborWriter& out, const Shape& shape, const void* structure) {
    if (!shape.pair) {
        out.map(static_cast<std::size_t>(
            std::ranges::count_if(shape.fields, [&](const Field& field) { return is_present(field, structure); })));
    }
    for (const Field& field : shape.fields) {
        if (!is_present(field, structure)) continue;
        if (!shape.pair) out.uint(field.key);
        write_field(out, field, structure);
    }
}

void read_shape(CborReader& in, const Shape& shape, void* structure) {
    auto field = shape.fields.begin();
    if (shape.pair) {
        for (; field != shape.fields.end(); ++field) read_field(in, *field, structure);
        return;
    }
    const std::size_t start = in.offset();
    // Keys and fields both ascend, so one walk over both finds what is missing.
    const auto pass_absent = [&](std::uint64_t key) {
        for (; field != shape.fields.end() && field->key < key; ++field) {
            if (!field->optional) in.fail_at(CborErrorKind::missing_key, start);
        }
    };
    for (std::size_t pairs = in.read_map(); pairs > 0 && in.ok(); --pairs) {
        const std::uint64_t key = in.read_uint();
        pass_absent(key);
        if (field != shape.fields.end() && field->key == key) {
            read_field(in, *field++, structure);
        } else {
            in.skip();
        }
    }
    pass_absent(UINT64_MAX);
}

std::size_t read_element(Bytes encoded, const Field& field, void* element) {
    CborReader in = CborReader::of_validated(encoded);
    read_field(in, field, element);
    return in.offset();
}

template <>
std::size_t decode_element(Bytes encoded, std::string_view* element) {
    CborReader in = CborReader::of_validated(encoded);
    *element = in.read_text();
    return in.offset();
}

template <>
std::size_t decode_element(Bytes encoded, Bytes* element) {
    CborReader in = CborReader::of_validated(encoded);
    *element = in.read_bytes();
    return in.offset();
}

}  // namespace wasmbed::proto
