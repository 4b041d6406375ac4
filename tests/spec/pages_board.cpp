#include <cstdlib>

#include "tests/spec/pages.hpp"

namespace wasmbed::spec {

namespace {

// A page has 64 KiB. The specification lets memory.grow fail for lack of memory; the suite takes it to succeed.
constexpr Beyond kBeyond[] = {
    {"call", 359, "grows a memory to 307 pages, 20 MB"},
    {"call_indirect", 603, "grows a memory to 307 pages, 20 MB"},
    {"memory_grow", 45, "grows a memory to 803 pages, 53 MB"},
    {"memory_grow", 48, "reads the size that the memory of line 45 has"},
};

}  // namespace

// Of the 16 MB of an MPS2 board's PSRAM, where the heap lies; several instances live at once.
const Plenty kPlenty{.memory_room = std::size_t{4} << 20,
                     .image_work = std::size_t{1} << 20,
                     .scratch = std::size_t{256} << 10,
                     .stack_bytes = 64 * 1024,
                     .table_entries = 4096,
                     .instances = 256,
                     .beyond = kBeyond};

Pages::Pages(std::size_t bytes) : data_(std::malloc(bytes)), bytes_(bytes) {}

Pages::~Pages() {
    std::free(data_);
}

}  // namespace wasmbed::spec
