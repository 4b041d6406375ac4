#include "device/hal/store.hpp"

namespace wasmbed::hal {
namespace {

bool in_range(const StoreGeometry& geometry, std::uint32_t offset, std::size_t size) {
    return offset <= geometry.size && size <= geometry.size - offset;
}

}  // namespace

const char* text_of(StoreError error) {
    switch (error) {
        case StoreError::OutOfRange:
            return "range ends behind the store";
        case StoreError::Unaligned:
            return "offset or size is not aligned";
        case StoreError::NotErased:
            return "range is not erased";
        case StoreError::Device:
            return "storage device failed";
    }
    return "unknown storage error";
}

Result<void, StoreError> Store::read(std::uint32_t offset, MutableBytes out) const {
    if (!in_range(do_geometry(), offset, out.size())) return fail(StoreError::OutOfRange);
    return do_read(offset, out);
}

Result<void, StoreError> Store::program(std::uint32_t offset, Bytes data) {
    const StoreGeometry geometry = do_geometry();
    if (!in_range(geometry, offset, data.size())) return fail(StoreError::OutOfRange);
    if (offset % geometry.program_unit != 0 || data.size() % geometry.program_unit != 0)
        return fail(StoreError::Unaligned);
    return do_program(offset, data);
}

Result<void, StoreError> Store::erase(std::uint32_t offset, std::uint32_t size) {
    const StoreGeometry geometry = do_geometry();
    if (!in_range(geometry, offset, size)) return fail(StoreError::OutOfRange);
    if (offset % geometry.erase_block != 0 || size % geometry.erase_block != 0) return fail(StoreError::Unaligned);
    return do_erase(offset, size);
}

Bytes Store::mapped(std::uint32_t offset, std::uint32_t size) const {
    return in_range(do_geometry(), offset, size) ? do_mapped(offset, size) : Bytes{};
}

}  // namespace wasmbed::hal
