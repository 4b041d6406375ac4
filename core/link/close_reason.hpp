// Why a session ended by itself.
#pragma once

#include <cstdint>
#include <string_view>

namespace wasmbed::link {

/// A session that has a reason other than `none` handles no more input; its owner sends what output is left, then
/// closes the connection.
enum class CloseReason : std::uint8_t {
    none,
    frame_too_large,  ///< the peer announced a frame over the limit
    malformed,        ///< a frame is not CBOR, or not what wire.cddl says
    not_expected,     ///< a message that has no place in this state or from this side
    out_of_sequence,  ///< a stream record or Ack that leaves records out
    no_memory,        ///< FrameMemory had none for a frame
    does_not_fit,     ///< a message of our own is larger than the peer or our buffer takes
    no_hello,         ///< the first message did not come in time
    peer_silent,      ///< three heartbeat periods without a frame
    refused,          ///< one side refused the other; the Error or Enrolled says why
    done,             ///< an enrollment came to its end
};

/// For logs and records: "frame_too_large" and so on.
const char* close_reason_name(CloseReason reason);

}  // namespace wasmbed::link
