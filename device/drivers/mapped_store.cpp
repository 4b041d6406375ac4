#include "device/drivers/mapped_store.hpp"

#include <algorithm>

namespace wasmbed::drivers {
namespace {

// Power may go at any instruction: what one call wrote must be in memory before the next call writes.
void order_writes() {
    asm volatile("" ::: "memory");
}

}  // namespace

Result<void, hal::StoreError> MappedStore::do_read(std::uint32_t offset, MutableBytes out) const {
    std::copy_n(memory_ + offset, out.size(), out.data());
    return {};
}

Result<void, hal::StoreError> MappedStore::do_program(std::uint32_t offset, Bytes data) {
    std::uint8_t* place = memory_ + offset;
    if (!std::ranges::all_of(std::span(place, data.size()), [](std::uint8_t byte) { return byte == kErased; })) {
        return fail(hal::StoreError::NotErased);
    }
    std::copy(data.begin(), data.end(), place);
    order_writes();
    return {};
}

Result<void, hal::StoreError> MappedStore::do_erase(std::uint32_t offset, std::uint32_t size) {
    std::fill_n(memory_ + offset, size, kErased);
    order_writes();
    return {};
}

}  // namespace wasmbed::drivers
