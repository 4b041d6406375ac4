#include <sys/mman.h>

#include "tests/spec/pages.hpp"

namespace wasmbed::spec {

// Reserved, not touched: pages cost nothing until they are used.
const Plenty kPlenty{.memory_room = std::size_t{512} << 20,
                     .image_work = std::size_t{64} << 20,
                     .scratch = std::size_t{4} << 20,
                     .stack_bytes = 256 * 1024,
                     .table_entries = 100'000,
                     .instances = 4096,
                     .beyond = {}};

Pages::Pages(std::size_t bytes) : bytes_(bytes) {
    data_ = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (data_ == MAP_FAILED) data_ = nullptr;
}

Pages::~Pages() {
    if (data_ != nullptr) munmap(data_, bytes_);
}

}  // namespace wasmbed::spec
