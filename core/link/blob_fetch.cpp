#include "core/link/blob_fetch.hpp"

#include <algorithm>

namespace wasmbed::link {

void BlobFetch::start(const Digest& digest, std::uint64_t offset, std::uint64_t bytes_max) {
    // Answers to requests of the blob before carry ids that nobody waits for any more.
    outstanding_.clear();
    digest_ = digest;
    offset_ = offset;
    total_ = 0;
    bytes_max_ = bytes_max;
    total_known_ = false;
    gap_ = false;
    active_ = true;
}

std::optional<proto::Fetch> BlobFetch::next_request(std::uint32_t chunk_bytes) const {
    if (!active_ || outstanding_.full()) return std::nullopt;
    // What is asked for behind a gap is of no use: let it arrive, then go on from the gap.
    if (gap_ && !outstanding_.empty()) return std::nullopt;
    std::uint64_t from = offset_;
    for (const Request& request : outstanding_) from = std::max(from, request.end);
    // Before the total is known, one request finds it out.
    if (total_known_ ? from >= total_ : !outstanding_.empty()) return std::nullopt;
    const std::uint64_t rest = total_known_ ? total_ - from : chunk_bytes;
    return proto::Fetch{.digest = digest_,
                        .offset = from,
                        .length = static_cast<std::uint32_t>(std::min<std::uint64_t>(rest, chunk_bytes))};
}

void BlobFetch::asked(proto::MessageId id, const proto::Fetch& request) {
    gap_ = false;
    WASMBED_ASSERT(outstanding_.push_back({id, request.offset, request.offset + request.length}));
}

bool BlobFetch::settle(proto::MessageId id) {
    for (std::size_t i = 0; i < outstanding_.size(); ++i) {
        if (outstanding_[i].id != id) continue;
        outstanding_.erase(i);
        return active_;
    }
    return false;
}

BlobFetch::Answer BlobFetch::fail(FetchFailure failure) {
    failure_ = failure;
    active_ = false;
    return Answer::failed;
}

BlobFetch::Answer BlobFetch::on_chunk(proto::MessageId id, const proto::Chunk& chunk) {
    if (!settle(id)) return Answer::ignored;
    const bool contradicts = chunk.digest != digest_ || (total_known_ && chunk.total != total_);
    if (contradicts || chunk.offset > chunk.total || chunk.data.size() > chunk.total - chunk.offset)
        return fail(FetchFailure::refused);
    if (chunk.total > bytes_max_) return fail(FetchFailure::too_large);
    if (offset_ > chunk.total) return fail(FetchFailure::refused);
    total_ = chunk.total;
    total_known_ = true;
    // A chunk may be shorter than asked; then those that follow it in the window do not continue it.
    if (chunk.offset != offset_) {
        gap_ = true;
        return Answer::ignored;
    }
    if (chunk.data.empty() && offset_ < total_) return fail(FetchFailure::refused);
    offset_ += chunk.data.size();
    gap_ = !outstanding_.empty() && outstanding_[0].begin != offset_;
    return Answer::data;
}

BlobFetch::Answer BlobFetch::on_error(proto::MessageId id, proto::ErrorCode code) {
    if (!settle(id)) return Answer::ignored;
    return fail(code == proto::ErrorCode::not_found ? FetchFailure::not_found : FetchFailure::refused);
}

}  // namespace wasmbed::link
