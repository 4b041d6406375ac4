#include "core/proto/codec.hpp"

#include "core/base/endian.hpp"
#include "core/proto/framing.hpp"

namespace wasmbed::proto {

Result<Envelope, CborError> decode_envelope(Bytes frame) {
    CborReader in(frame);
    in.read_array(3, 3);
    Envelope envelope;
    envelope.id = static_cast<MessageId>(in.read_uint(UINT32_MAX));
    envelope.type = static_cast<MessageType>(in.read_uint(UINT32_MAX));
    envelope.body_offset = static_cast<std::uint32_t>(in.offset());
    CborReader body = in;
    body.read_map();
    if (!body.ok()) return fail(body.error());
    envelope.body = in.skip();
    return envelope;
}

namespace detail {

Result<void, CborError> decode_body(const Envelope& envelope, const Shape& shape, void* message) {
    CborReader in = CborReader::of_validated(envelope.body);
    read_shape(in, shape, message);
    if (in.ok()) return {};
    CborError error = in.error();
    error.offset += envelope.body_offset;
    return fail(error);
}

Result<Bytes, CborError> encode_frame(MutableBytes out, MessageId id, MessageType type, const Shape& shape,
                                      const void* message) {
    CborWriter item(out.size() > kFramePrefixBytes ? out.subspan(kFramePrefixBytes) : MutableBytes{});
    item.array(3).uint(id).uint(static_cast<std::uint32_t>(type));
    write_shape(item, shape, message);
    auto written = item.finish();
    if (!written) {
        CborError error = written.error();
        error.offset += kFramePrefixBytes;
        return fail(error);
    }
    store_be32(out.data(), static_cast<std::uint32_t>(written->size()));
    return Bytes(out).first(kFramePrefixBytes + written->size());
}

}  // namespace detail
}  // namespace wasmbed::proto
