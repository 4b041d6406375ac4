// Limits and times of the link that both sides share.
#pragma once

#include <cstddef>

#include "core/base/time.hpp"
#include "core/proto/framing.hpp"

namespace wasmbed::link {

/// The gateway keeps TLS records and takes frames up to this until Hello names the device's own limits
/// (architecture.md).
inline constexpr std::size_t kBeforeHelloBytesMax = 2048;
/// An Enroll with every field at its longest has 1,520 bytes; nothing else is taken on that connection.
inline constexpr std::size_t kEnrollFrameBytesMax = 2048;
/// A device that takes smaller frames than this is refused: a Desired of a few apps must fit.
inline constexpr std::size_t kFrameBytesMin = 256;
/// Largest chunk of a blob that is asked for or sent, bytes: one TLS record holds it.
inline constexpr std::size_t kChunkDataBytesMax = 8192;
/// Fetches a device has outstanding: the second hides the round trip of the first.
inline constexpr std::size_t kFetchWindow = 2;

/// Hello, Welcome, Enroll: time for the first message of the other side.
inline constexpr Duration kFirstMessageTimeout = Duration::seconds(30);
/// An enrollment that waits for a person ends after this; the device comes again.
inline constexpr Duration kEnrollTimeout = Duration::seconds(120);
/// Heartbeat periods without a frame after which the peer counts as gone.
inline constexpr unsigned kMissedHeartbeats = 3;

}  // namespace wasmbed::link
