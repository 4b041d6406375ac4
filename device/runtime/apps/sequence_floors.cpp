#include "device/runtime/apps/sequence_floors.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace wasmbed::apps {
namespace {

constexpr std::string_view kKey = "apps/floors";

// The record holds the structures as they lie in memory.
static_assert(std::endian::native == std::endian::little);

}  // namespace

std::uint64_t SequenceFloors::hash_of(std::string_view uid) const {
    const Digest digest = crypto_.sha256(bytes_of(uid));
    std::uint64_t hash;
    std::memcpy(&hash, digest.data(), sizeof hash);
    return hash;
}

/// A record that is damaged counts as none: a device that takes no manifest ever again would be worth less.
Result<void, store::KvError> SequenceFloors::read(Floors& floors) const {
    const auto size = kv_.get(kKey, {reinterpret_cast<std::uint8_t*>(floors.items), sizeof floors.items});
    if (!size && size.error() == store::KvError::Device) return fail(size.error());
    floors.count = std::min<std::size_t>(size.value_or(0) / sizeof(Floor), kFloorsMax);
    return {};
}

Result<std::uint64_t, store::KvError> SequenceFloors::floor_of(std::string_view uid) const {
    Floors floors;
    if (const auto done = read(floors); !done) return fail(done.error());
    const Floor* end = floors.items + floors.count;
    const Floor* known = std::ranges::find(static_cast<const Floor*>(floors.items), end, hash_of(uid), &Floor::app);
    return known == end ? 0 : known->sequence;
}

Result<void, store::KvError> SequenceFloors::raise(std::string_view uid, std::uint64_t sequence) {
    Floors floors;
    if (const auto done = read(floors); !done) return done;
    const std::uint64_t app = hash_of(uid);
    Floor* known = std::ranges::find(floors.items, floors.items + floors.count, app, &Floor::app);
    if (known == floors.items + floors.count) {
        if (floors.count < kFloorsMax) ++floors.count;
        known = floors.items + floors.count - 1;
    } else if (known->sequence >= sequence) {
        return {};
    }
    std::move_backward(floors.items, known, known + 1);
    floors.items[0] = {app, sequence};
    return kv_.set(kKey, {reinterpret_cast<const std::uint8_t*>(floors.items), floors.count * sizeof(Floor)});
}

}  // namespace wasmbed::apps
