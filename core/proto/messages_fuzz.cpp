// Any frame: what decodes as some message encodes, decodes again, and then encodes to the same bytes.

#include <algorithm>
#include <vector>

#include "core/base/assert.hpp"
#include "core/proto/codec.hpp"
#include "core/proto/framing.hpp"

using namespace wasmbed;
using namespace wasmbed::proto;

namespace {

template <class M>
std::vector<std::uint8_t> encoded(MessageId id, const M& message) {
    // Optional fields may vanish but nothing grows: an empty text counts as absent.
    std::vector<std::uint8_t> buffer(70000);
    const auto frame = encode_frame(buffer, id, message);
    WASMBED_ASSERT(frame.has_value());
    buffer.resize(frame->size());
    return buffer;
}

template <class M>
void round_trip(const Envelope& envelope) {
    const auto first = decode<M>(envelope);
    if (!first) return;
    const auto bytes = encoded(envelope.id, *first);
    const auto again = decode_envelope(Bytes(bytes).subspan(kFramePrefixBytes));
    WASMBED_ASSERT(again.has_value());
    const auto second = decode<M>(*again);
    WASMBED_ASSERT(second.has_value());
    WASMBED_ASSERT(std::ranges::equal(bytes, encoded(again->id, *second)));
}

// Elements of lists are decoded when they are looked at.
template <class T>
void look_at(const List<T>& list) {
    std::size_t count = 0;
    for ([[maybe_unused]] const T& element : list) ++count;
    WASMBED_ASSERT(count == list.size());
}

template <class M, class Member>
void look_at_list(const Envelope& envelope, Member member) {
    if (const auto message = decode<M>(envelope)) look_at((*message).*member);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 60000) return 0;
    const auto envelope = decode_envelope({data, size});
    if (!envelope) {
        WASMBED_ASSERT(envelope.error().offset <= size);
        return 0;
    }
    // Whatever type the frame says: each shape gets each body.
    round_trip<Error>(*envelope);
    round_trip<Hello>(*envelope);
    round_trip<Welcome>(*envelope);
    round_trip<Desired>(*envelope);
    round_trip<Reported>(*envelope);
    round_trip<Fetch>(*envelope);
    round_trip<Chunk>(*envelope);
    round_trip<Heartbeat>(*envelope);
    round_trip<proto::Log>(*envelope);
    round_trip<Event>(*envelope);
    round_trip<Dropped>(*envelope);
    round_trip<Ack>(*envelope);
    round_trip<Enroll>(*envelope);
    round_trip<Enrolled>(*envelope);
    round_trip<Renew>(*envelope);
    round_trip<Renewed>(*envelope);
    look_at_list<Desired>(*envelope, &Desired::apps);
    look_at_list<Desired>(*envelope, &Desired::gateways);
    look_at_list<Reported>(*envelope, &Reported::apps);
    look_at_list<Enrolled>(*envelope, &Enrolled::chain);
    return 0;
}
