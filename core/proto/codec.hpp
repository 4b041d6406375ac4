// Encoding and decoding of messages: frames for the wire, structs for the code. messages.hpp has the structs.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/proto/cbor_error.hpp"
#include "core/proto/messages.hpp"
#include "core/proto/shape.hpp"

namespace wasmbed::proto {

/// Names a request so that its answer can be told apart; 0 in messages that expect no answer.
using MessageId = std::uint32_t;

/// A frame taken apart: [id, type, body]. `type` may be a number that MessageType does not have.
struct Envelope {
    MessageId id = 0;
    MessageType type{};
    Bytes body;                     ///< encoded map, validated
    std::uint32_t body_offset = 0;  ///< of `body` in the frame, for error offsets
};

/// Validates the whole frame (without its length prefix) and takes it apart.
Result<Envelope, CborError> decode_envelope(Bytes frame);

namespace detail {
Result<void, CborError> decode_body(const Envelope& envelope, const Shape& shape, void* message);
Result<Bytes, CborError> encode_frame(MutableBytes out, MessageId id, MessageType type, const Shape& shape,
                                      const void* message);
}  // namespace detail

/// The message in an envelope whose type is M's. Views in the result point into the frame.
template <class M>
Result<M, CborError> decode(const Envelope& envelope) {
    M message{};
    const auto done = detail::decode_body(envelope, Wire<M>::kShape, &message);
    if (!done) return fail(done.error());
    return message;
}

/// Writes the frame, length prefix included. Errors: `no_room` with the size that was needed as offset (so an empty
/// `out` measures), `out_of_range` when a field does not satisfy wire.cddl.
template <class M>
Result<Bytes, CborError> encode_frame(MutableBytes out, MessageId id, const M& message) {
    return detail::encode_frame(out, id, Wire<M>::kType, Wire<M>::kShape, &message);
}

/// Bytes of a Chunk's frame, prefix included, that are not data, at most: heads and ids at their widest.
inline constexpr std::size_t kChunkOverheadBytes = 4 + 1 + 5 + 1 + 1 + (1 + 34) + (1 + 9) + (1 + 9) + (1 + 5);

}  // namespace wasmbed::proto
