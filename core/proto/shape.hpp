// A message's map as data: which key is which member, of which CDDL type. One interpreter encodes and decodes by it
// (shape.cpp), which is far smaller than code per message, and wire_cddl_test.cpp compares it with the CDDL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/proto/cbor_reader.hpp"
#include "core/proto/cbor_writer.hpp"
#include "core/proto/messages.hpp"

namespace wasmbed::proto {

/// The C++ type of a member and thereby its CDDL type.
enum class FieldKind : std::uint8_t {
    u8,         ///< uint, or an enum of that size
    u32,        ///< uint
    u64,        ///< uint
    i64,        ///< int
    boolean,    ///< bool
    opt_u32,    ///< std::optional
    opt_i64,    ///< std::optional
    text,       ///< std::string_view: tstr
    bytes,      ///< Bytes: bstr
    octets,     ///< std::array<std::uint8_t, N>: bstr .size N
    structure,  ///< a struct with a shape of its own: map
    list,       ///< List<T>: array
    text_map,   ///< List<T> of pairs whose key is text: map
};

struct Shape;

/// One key of a map, or one element of a list. There are a hundred of these: 16 bytes each on a 32-bit processor.
struct Field {
    std::uint8_t key = 0;
    FieldKind kind{};
    bool optional : 1 =
        false;                 ///< absent when empty, false or without value; a structure: when its first text is empty
    bool cut : 1 = false;      ///< text for people: cut at `max` when encoded instead of refused
    std::uint8_t min = 0;      ///< smallest number, fewest bytes, fewest elements
    std::uint16_t offset = 0;  ///< of the member in its struct
    std::uint16_t stride = 0;  ///< list: size of an element
    std::uint32_t max = UINT32_MAX;  ///< largest and most, likewise; u64 and i64 are not bounded
    union {
        const Field* element = nullptr;  ///< list
        const Shape* shape;              ///< structure
    };

    constexpr Field within(std::uint8_t fewest, std::uint32_t most) const {
        Field f = *this;
        f.min = fewest;
        f.max = most;
        return f;
    }
    constexpr Field if_present() const {
        Field f = *this;
        f.optional = true;
        return f;
    }
    constexpr Field cut_at(std::uint32_t most) const {
        Field f = within(0, most);
        f.cut = true;
        return f;
    }
    constexpr Field of(const Field& elements) const {
        Field f = *this;
        f.element = &elements;
        return f;
    }
    constexpr Field as(const Shape& structure) const {
        Field f = *this;
        f.shape = &structure;
        return f;
    }
};

/// A struct's fields in ascending order of keys.
struct Shape {
    std::span<const Field> fields;
    bool pair = false;  ///< an entry of a text_map: key and value in a row instead of a map
};

/// Type number and shape of a message; specialised below for each, defined in shapes.cpp.
template <class M>
struct Wire;

#define WASMBED_WIRE(Struct, type)                              \
    template <>                                                 \
    struct Wire<Struct> {                                       \
        static constexpr MessageType kType = MessageType::type; \
        static const Shape kShape;                              \
    }
WASMBED_WIRE(Error, error);
WASMBED_WIRE(Hello, hello);
WASMBED_WIRE(Welcome, welcome);
WASMBED_WIRE(Desired, desired);
WASMBED_WIRE(Reported, reported);
WASMBED_WIRE(Fetch, fetch);
WASMBED_WIRE(Chunk, chunk);
WASMBED_WIRE(Heartbeat, heartbeat);
WASMBED_WIRE(Log, log);
WASMBED_WIRE(Event, event);
WASMBED_WIRE(Dropped, dropped);
WASMBED_WIRE(Ack, ack);
WASMBED_WIRE(Enroll, enroll);
WASMBED_WIRE(Enrolled, enrolled);
WASMBED_WIRE(Renew, renew);
WASMBED_WIRE(Renewed, renewed);
#undef WASMBED_WIRE

extern const Shape kManifestShape;   // manifest.cpp
extern const Shape kProvisionShape;  // provision.cpp

/// Encodes a struct by its shape; the range errors are the writer's.
void write_shape(CborWriter& out, const Shape& shape, const void* structure);
/// Decodes a map into a struct by its shape; keys that the shape lacks are skipped.
void read_shape(CborReader& in, const Shape& shape, void* structure);
/// Decodes the first of some elements of a list, validated before; returns its size.
std::size_t read_element(Bytes encoded, const Field& field, void* element);

}  // namespace wasmbed::proto
