// On a board: runs the generated modules of random.pack (random_pack.cpp). Outcomes, fuel spent, places of traps and
// memory must be those that the portable core has on the host.
#include <cstdio>
#include <string>
#include <vector>

#include "tests/wasm/own_engine.hpp"

namespace {

constexpr std::uint32_t kBytesMax = 1 << 20;  ///< of a module or report
constexpr unsigned kShown = 5;                ///< failures that are printed whole

struct Item {
    std::uint32_t seed;
    std::uint32_t slice;
    std::vector<std::uint8_t> module;
    std::vector<std::uint8_t> report;
};

bool read(std::FILE* file, std::vector<std::uint8_t>& bytes, std::uint32_t size) {
    if (size > kBytesMax) return false;
    bytes.resize(size);
    return std::fread(bytes.data(), 1, size, file) == size;
}

/// False at the end; `damaged` then says whether it comes too early.
bool read(std::FILE* file, Item& item, bool& damaged) {
    std::uint32_t head[4];
    const std::size_t bytes = std::fread(head, 1, sizeof head, file);
    damaged = bytes != 0;
    if (bytes != sizeof head) return false;
    item.seed = head[0];
    item.slice = head[1];
    damaged = !read(file, item.module, head[2]) || !read(file, item.report, head[3]);
    return !damaged;
}

}  // namespace

int main() {
    std::FILE* file = std::fopen("random.pack", "rb");
    if (file == nullptr) {
        std::puts("cannot open random.pack");
        return 2;
    }
    unsigned passed = 0;
    unsigned failed = 0;
    bool damaged = false;
    for (Item item; read(file, item, damaged);) {
        const std::string ours = wasmbed::wasm::test::report_on(item.module, static_cast<std::int32_t>(item.slice));
        const std::string theirs(item.report.begin(), item.report.end());
        if (ours == theirs) {
            ++passed;
        } else if (++failed <= kShown) {
            std::printf("FAILED seed %u\non the board:\n%son the host:\n%s", static_cast<unsigned>(item.seed),
                        ours.c_str(), theirs.c_str());
        }
    }
    if (damaged) std::puts("random.pack is damaged");
    std::printf("random modules       passed %6u  failed %4u  skipped    0\n", passed, failed);
    return failed == 0 && passed != 0 && !damaged ? 0 : 1;
}
