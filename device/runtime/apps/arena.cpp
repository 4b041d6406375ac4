#include "device/runtime/apps/arena.hpp"

#include <algorithm>

namespace wasmbed::apps {

AppArena::AppArena(MutableBytes memory) {
    const std::size_t skew = reinterpret_cast<std::uintptr_t>(memory.data()) % kAlignment;
    const std::size_t skip = skew == 0 ? 0 : kAlignment - skew;
    if (memory.size() > skip) memory_ = memory.subspan(skip, (memory.size() - skip) / kAlignment * kAlignment);
}

std::size_t AppArena::used() const {
    std::size_t bytes = 0;
    for (const MutableBytes& block : blocks_) bytes += block.size();
    return bytes;
}

MutableBytes AppArena::largest_gap() const {
    const std::uint8_t* const end = memory_.data() + memory_.size();
    MutableBytes best;
    for (std::size_t candidate = 0; candidate <= blocks_.size(); ++candidate) {
        // A gap begins at the start of the arena or behind a block, and ends at the next block.
        if (candidate < blocks_.size() && blocks_[candidate].empty()) continue;
        std::uint8_t* const begin =
            candidate == blocks_.size() ? memory_.data() : blocks_[candidate].data() + blocks_[candidate].size();
        const std::uint8_t* stop = end;
        for (const MutableBytes& block : blocks_) {
            if (!block.empty() && block.data() >= begin) stop = std::min<const std::uint8_t*>(stop, block.data());
        }
        const auto size = static_cast<std::size_t>(stop - begin);
        if (size > best.size()) best = {begin, size};
    }
    return best;
}

bool AppArena::take(std::size_t app, MutableBytes gap, std::size_t bytes) {
    const std::size_t size = align_up(bytes);
    if (size > gap.size()) return false;
    blocks_[app] = gap.first(size);
    return true;
}

}  // namespace wasmbed::apps
