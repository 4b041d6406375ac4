// The messages that decode_protobuf knows: field numbers and JSON names of Kubernetes' generated.proto files.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace wasmbed::apiserver {

enum class FieldType { text, bytes, integer, boolean, message, time, micro_time, raw_json };
enum class FieldShape {
    plain,     ///< left out when empty or zero
    optional,  ///< a pointer in Kubernetes' types: what was sent is kept, zero included
    list,
    map,  ///< of strings to `type`
};

struct MessageField {
    std::uint32_t number;
    std::string_view name;
    FieldType type = FieldType::text;
    FieldShape shape = FieldShape::plain;
    std::span<const MessageField> fields = {};  ///< of a message
};

struct MessageKind {
    std::string_view api_version;
    std::string_view kind;
    std::span<const MessageField> fields;
};

/// The fields of a kind; null when it is none of those that are served.
const MessageKind* message_kind(std::string_view api_version, std::string_view kind);

}  // namespace wasmbed::apiserver
