// The device's pull of one blob, chunk by chunk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/bytes.hpp"
#include "core/base/fixed_vector.hpp"
#include "core/link/limits.hpp"
#include "core/proto/codec.hpp"

namespace wasmbed::link {

/// Why a fetch ended without the blob.
enum class FetchFailure : std::uint8_t {
    not_found,  ///< the gateway does not have it
    too_large,  ///< larger than the caller allowed
    refused,    ///< another Error, or an answer that contradicts earlier ones
};

/// Which part of a blob to ask for next, and what an answer means. Survives reconnects: the offset stays.
class BlobFetch {
  public:
    void start(const Digest& digest, std::uint64_t offset, std::uint64_t bytes_max);
    void stop() { active_ = false; }
    bool active() const { return active_; }
    const Digest& digest() const { return digest_; }
    std::uint64_t offset() const { return offset_; }

    /// The next request that the window allows; the caller calls `asked` once it is pushed.
    std::optional<proto::Fetch> next_request(std::uint32_t chunk_bytes) const;
    void asked(proto::MessageId id, const proto::Fetch& request);

    enum class Answer : std::uint8_t { ignored, data, failed };
    /// Whether the chunk is the next part; `data`: offset() has moved behind it. `failed`: see failure().
    Answer on_chunk(proto::MessageId id, const proto::Chunk& chunk);
    Answer on_error(proto::MessageId id, proto::ErrorCode code);
    FetchFailure failure() const { return failure_; }
    /// True when the last part has been answered.
    bool complete() const { return active_ && total_known_ && offset_ == total_; }

    /// The connection is gone: nothing is outstanding any more.
    void forget_requests() {
        outstanding_.clear();
        gap_ = false;
    }

  private:
    struct Request {
        proto::MessageId id = 0;
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
    };
    bool settle(proto::MessageId id);
    Answer fail(FetchFailure failure);

    Digest digest_{};
    std::uint64_t offset_ = 0;
    std::uint64_t total_ = 0;
    std::uint64_t bytes_max_ = 0;
    FixedVector<Request, kFetchWindow> outstanding_;
    FetchFailure failure_{};
    bool active_ = false;
    bool total_known_ = false;
    bool gap_ = false;  // the outstanding request does not continue at offset_
};

}  // namespace wasmbed::link
