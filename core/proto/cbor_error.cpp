#include "core/proto/cbor_error.hpp"

namespace wasmbed::proto {

const char* cbor_error_name(CborErrorKind kind) {
    switch (kind) {
        case CborErrorKind::none:
            return "none";
        case CborErrorKind::truncated:
            return "truncated";
        case CborErrorKind::trailing_bytes:
            return "trailing_bytes";
        case CborErrorKind::indefinite_length:
            return "indefinite_length";
        case CborErrorKind::not_shortest:
            return "not_shortest";
        case CborErrorKind::reserved:
            return "reserved";
        case CborErrorKind::unsorted_key:
            return "unsorted_key";
        case CborErrorKind::duplicate_key:
            return "duplicate_key";
        case CborErrorKind::invalid_utf8:
            return "invalid_utf8";
        case CborErrorKind::too_deep:
            return "too_deep";
        case CborErrorKind::wrong_type:
            return "wrong_type";
        case CborErrorKind::out_of_range:
            return "out_of_range";
        case CborErrorKind::missing_key:
            return "missing_key";
        case CborErrorKind::no_room:
            return "no_room";
    }
    return "unknown";
}

}  // namespace wasmbed::proto
