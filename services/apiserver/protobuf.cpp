#include "services/apiserver/protobuf.hpp"

#include <optional>

#include "core/base/utf8.hpp"
#include "host/base/time.hpp"
#include "host/pki/encoding.hpp"
#include "services/apiserver/protobuf_messages.hpp"

namespace wasmbed::apiserver {
namespace {

using Error = std::string;

constexpr std::string_view kMagic("k8s\0", 4);
/// The served kinds are nested five deep; the tables bound the recursion, this bounds a mistake in them.
constexpr int kDepthMax = 16;
constexpr std::int64_t kSecondsMax = 253402300799;  // 9999-12-31T23:59:59Z

/// One field on the wire. Of fixed-size fields, which no served kind has, only the bytes are kept.
struct Raw {
    std::uint32_t number = 0;
    int wire_type = 0;
    std::uint64_t value = 0;
    std::string_view bytes;
};

class Reader {
  public:
    explicit Reader(std::string_view rest) : rest_(rest) {}
    bool at_end() const { return rest_.empty(); }

    Result<Raw, Error> next() {
        auto tag = varint();
        if (!tag) return fail(tag.error());
        Raw raw;
        raw.number = std::uint32_t(*tag >> 3);
        raw.wire_type = int(*tag & 7);
        std::uint64_t size = 0;
        if (raw.wire_type == 0) {
            auto value = varint();
            if (!value) return fail(value.error());
            raw.value = *value;
            return raw;
        }
        if (raw.wire_type == 2) {
            auto length = varint();
            if (!length) return fail(length.error());
            size = *length;
        } else if (raw.wire_type == 1 || raw.wire_type == 5) {
            size = raw.wire_type == 1 ? 8 : 4;
        } else {
            return fail("wire type " + std::to_string(raw.wire_type) + " of field " + std::to_string(raw.number) +
                        " is not known");
        }
        if (size > rest_.size()) return fail("field " + std::to_string(raw.number) + " is longer than its message");
        raw.bytes = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return raw;
    }

  private:
    Result<std::uint64_t, Error> varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
            auto byte = static_cast<unsigned char>(rest_.front());
            rest_.remove_prefix(1);
            value |= std::uint64_t(byte & 0x7f) << shift;
            if (byte < 0x80) return value;
        }
        return fail("a number is cut off");
    }

    std::string_view rest_;
};

Result<json::object, Error> read_message(std::span<const MessageField> fields, std::string_view bytes, int depth);

/// Time{1: seconds, 2: nanos}; null for the zero time, which is sent as an empty message.
Result<json::value, Error> read_time(std::string_view bytes, bool micro) {
    std::int64_t seconds = 0;
    std::int64_t nanos = 0;
    for (Reader reader(bytes); !reader.at_end();) {
        auto raw = reader.next();
        if (!raw) return fail(raw.error());
        if (raw->number == 1) seconds = std::int64_t(raw->value);
        if (raw->number == 2) nanos = std::int64_t(raw->value);
    }
    if (seconds == 0 && nanos == 0) return json::value();
    if (seconds < 0 || seconds > kSecondsMax || nanos < 0 || nanos > 999'999'999) return fail("a time is out of range");
    WallClock::time_point time{std::chrono::duration_cast<WallClock::duration>(std::chrono::seconds(seconds) +
                                                                               std::chrono::nanoseconds(nanos))};
    return json::value(json::string(micro ? rfc3339_micro(time) : rfc3339(time)));
}

Result<json::value, Error> read_value(const MessageField& field, const Raw& raw, int depth) {
    bool number = field.type == FieldType::integer || field.type == FieldType::boolean;
    if (raw.wire_type != (number ? 0 : 2)) return fail(std::string(field.name) + " has the wrong wire type");
    switch (field.type) {
        case FieldType::text:
            if (!utf8_valid(bytes_of(raw.bytes))) return fail(std::string(field.name) + " is not UTF-8");
            return json::value(json::string(raw.bytes));
        case FieldType::bytes:
            return json::value(json::string(pki::to_base64(bytes_of(raw.bytes))));
        case FieldType::integer:
            return json::value(std::int64_t(raw.value));
        case FieldType::boolean:
            return json::value(raw.value != 0);
        case FieldType::time:
            return read_time(raw.bytes, false);
        case FieldType::micro_time:
            return read_time(raw.bytes, true);
        case FieldType::raw_json:
            return parse_json(raw.bytes);
        case FieldType::message:
            break;
    }
    auto message = read_message(field.fields, raw.bytes, depth + 1);
    if (!message) return fail(std::string(field.name) + "." + message.error());
    return json::value(std::move(*message));
}

/// MapEntry{1: key, 2: value}
Result<void, Error> read_entry(const MessageField& field, const Raw& raw, json::object& into) {
    if (raw.wire_type != 2) return fail(std::string(field.name) + " has the wrong wire type");
    std::string_view key;
    std::string_view value;
    for (Reader reader(raw.bytes); !reader.at_end();) {
        auto part = reader.next();
        if (!part) return fail(std::string(field.name) + ": " + part.error());
        if (part->number == 1) key = part->bytes;
        if (part->number == 2) value = part->bytes;
    }
    bool text = field.type != FieldType::bytes;
    if (!utf8_valid(bytes_of(key)) || (text && !utf8_valid(bytes_of(value)))) {
        return fail(std::string(field.name) + " is not UTF-8");
    }
    into[key] = json::string(text ? std::string(value) : pki::to_base64(bytes_of(value)));
    return {};
}

bool is_empty(const json::value& value) {
    return value.is_null() || value == json::value("") || value == json::value(0) || value == json::value(false) ||
           (value.is_object() && value.get_object().empty());
}

Result<void, Error> read_field(const MessageField& field, const Raw& raw, json::object& into, int depth) {
    auto& member = into[field.name];
    if (field.shape == FieldShape::map) {
        if (!member.is_object()) member = json::object();
        return read_entry(field, raw, member.get_object());
    }
    auto value = read_value(field, raw, depth);
    if (!value) return fail(value.error());
    if (field.shape == FieldShape::list) {
        if (!member.is_array()) member = json::array();
        member.get_array().push_back(std::move(*value));
    } else if (field.shape == FieldShape::plain && is_empty(*value)) {
        into.erase(field.name);
    } else {
        member = std::move(*value);
    }
    return {};
}

Result<json::object, Error> read_message(std::span<const MessageField> fields, std::string_view bytes, int depth) {
    if (depth > kDepthMax) return fail("too deeply nested");
    json::object object;
    for (Reader reader(bytes); !reader.at_end();) {
        auto raw = reader.next();
        if (!raw) return fail(raw.error());
        // Fields of a newer Kubernetes are passed over, as its own decoder does.
        for (const auto& field : fields) {
            if (field.number != raw->number) continue;
            if (auto read = read_field(field, *raw, object, depth); !read) return fail(read.error());
        }
    }
    // FieldsV1{1: Raw} is an object whose only member is the JSON itself.
    if (fields.size() == 1 && fields[0].type == FieldType::raw_json) {
        auto* inner = object.if_contains("raw");
        return inner && inner->is_object() ? std::move(inner->get_object()) : json::object();
    }
    return object;
}

/// Unknown{1: TypeMeta{1: apiVersion, 2: kind}, 2: raw}
struct Envelope {
    std::string_view api_version;
    std::string_view kind;
    std::string_view raw;
};

Result<Envelope, Error> read_envelope(std::string_view body) {
    Envelope envelope;
    for (Reader reader(body); !reader.at_end();) {
        auto part = reader.next();
        if (!part) return fail(part.error());
        if (part->number == 2) envelope.raw = part->bytes;
        if (part->number != 1) continue;
        for (Reader type(part->bytes); !type.at_end();) {
            auto word = type.next();
            if (!word) return fail(word.error());
            if (word->number == 1) envelope.api_version = word->bytes;
            if (word->number == 2) envelope.kind = word->bytes;
        }
    }
    return envelope;
}

}  // namespace

Result<json::value, Error> decode_protobuf(std::string_view body) {
    if (!body.starts_with(kMagic)) return fail("the body does not begin with Kubernetes' protobuf prefix \"k8s\\0\"");
    auto envelope = read_envelope(body.substr(kMagic.size()));
    if (!envelope) return fail("protobuf: " + envelope.error());
    const auto* kind = message_kind(envelope->api_version, envelope->kind);
    if (!kind) {
        return fail("protobuf bodies of kind \"" + std::string(envelope->kind) + "\" in version \"" +
                    std::string(envelope->api_version) + "\" are not understood; send JSON");
    }
    auto object = read_message(kind->fields, envelope->raw, 0);
    if (!object) return fail("protobuf: " + object.error());
    (*object)["apiVersion"] = envelope->api_version;
    (*object)["kind"] = envelope->kind;
    return json::value(std::move(*object));
}

}  // namespace wasmbed::apiserver
