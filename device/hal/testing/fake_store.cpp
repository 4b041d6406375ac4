#include "device/hal/testing/fake_store.hpp"

#include <algorithm>

namespace wasmbed::hal {

FakeStore::FakeStore(StoreGeometry geometry, std::uint8_t fill)
    : geometry_(geometry),
      bytes_(std::make_unique<std::uint8_t[]>(geometry.size)),
      unit_writable_(std::make_unique<bool[]>(geometry.size / geometry.program_unit)),
      erases_(std::make_unique<std::uint32_t[]>(geometry.size / geometry.erase_block)) {
    std::fill_n(bytes_.get(), geometry.size, fill);
}

bool FakeStore::is_broken(std::uint32_t offset, std::size_t size) const {
    return has_broken_ && broken_ >= offset && broken_ - offset < size;
}

bool FakeStore::take_step() {
    if (off_) return false;
    if (armed_ && steps_left_-- == 0) {
        off_ = true;
        return false;
    }
    ++steps_;
    return true;
}

void FakeStore::set_writable(std::uint32_t offset, std::uint32_t size, bool writable) {
    std::fill_n(unit_writable_.get() + offset / geometry_.program_unit, size / geometry_.program_unit, writable);
}

Result<void, StoreError> FakeStore::do_read(std::uint32_t offset, MutableBytes out) const {
    if (off_) return fail(StoreError::Device);
    std::copy_n(bytes_.get() + offset, out.size(), out.data());
    return {};
}

Result<void, StoreError> FakeStore::do_program(std::uint32_t offset, Bytes data) {
    const std::uint32_t unit = geometry_.program_unit;
    if (off_ || is_broken(offset, data.size())) return fail(StoreError::Device);
    for (std::size_t at = 0; at < data.size(); at += unit) {
        if (!unit_writable_[(offset + at) / unit]) return fail(StoreError::NotErased);
    }
    for (std::size_t at = 0; at < data.size(); at += unit) {
        const bool powered = take_step();
        const std::size_t count = powered ? unit : unit / 2;
        std::copy_n(data.data() + at, count, bytes_.get() + offset + at);
        set_writable(offset + static_cast<std::uint32_t>(at), unit, false);
        if (!powered) return fail(StoreError::Device);
    }
    return {};
}

Result<void, StoreError> FakeStore::do_erase(std::uint32_t offset, std::uint32_t size) {
    const std::uint32_t block = geometry_.erase_block;
    if (off_ || is_broken(offset, size)) return fail(StoreError::Device);
    for (std::uint32_t at = offset; at < offset + size; at += block) {
        const bool powered = take_step();
        std::fill_n(bytes_.get() + at, powered ? block : block / 2, kErased);
        set_writable(at, block, powered);
        if (!powered) return fail(StoreError::Device);
        ++erases_[at / block];
    }
    return {};
}

}  // namespace wasmbed::hal
