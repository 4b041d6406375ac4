// Commits of the device's key-value store over memory that counts what is programmed and erased.
//
//     store_bench COMMITS VALUE_BYTES
//
// prints one JSON object: commits per second of CPU time, bytes programmed per byte of value, erases.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include "device/runtime/store/kv_store.hpp"

namespace wasmbed {
namespace {

/// The geometry of mps2-an385's store, smaller, so that garbage collection has its share.
class CountingStore final : public hal::Store {
  public:
    std::uint64_t programmed_bytes = 0;
    std::uint64_t erased_bytes = 0;

  private:
    static constexpr std::uint32_t kBytes = 2 * 1024 * 1024;

    hal::StoreGeometry do_geometry() const override { return {.size = kBytes, .erase_block = 4096, .program_unit = 4}; }
    Result<void, hal::StoreError> do_read(std::uint32_t offset, MutableBytes out) const override {
        std::memcpy(out.data(), bytes_.data() + offset, out.size());
        return {};
    }
    Result<void, hal::StoreError> do_program(std::uint32_t offset, Bytes data) override {
        std::memcpy(bytes_.data() + offset, data.data(), data.size());
        programmed_bytes += data.size();
        return {};
    }
    Result<void, hal::StoreError> do_erase(std::uint32_t offset, std::uint32_t size) override {
        std::memset(bytes_.data() + offset, kErased, size);
        erased_bytes += size;
        return {};
    }

    std::vector<std::uint8_t> bytes_ = std::vector<std::uint8_t>(kBytes, kErased);
};

/// Sets 16 keys in turn, `commits` times in all. False when the store refuses.
bool commit(store::KvStore& kv, long commits, std::vector<std::uint8_t>& value) {
    for (long i = 0; i < commits; ++i) {
        value[0] = static_cast<std::uint8_t>(i);
        const std::string key = "app/" + std::to_string(i % 16);
        if (const auto done = kv.set(key, value); !done) {
            std::fprintf(stderr, "store_bench: set: %s\n", store::text_of(done.error()));
            return false;
        }
    }
    return true;
}

int measure(long commits, std::size_t value_bytes) {
    CountingStore medium;
    store::KvStore kv{medium};
    if (!kv.open()) return 1;
    std::vector<std::uint8_t> value(value_bytes, 0x5A);
    const std::uint64_t before = medium.programmed_bytes;
    const std::clock_t start = std::clock();
    if (!commit(kv, commits, value)) return 1;
    const double seconds = double(std::clock() - start) / CLOCKS_PER_SEC;
    std::printf(R"({"commitsPerSecond": %.0f, "amplification": %.3f, "eraseAmplification": %.3f})"
                "\n",
                double(commits) / seconds,
                double(medium.programmed_bytes - before) / (double(commits) * double(value_bytes)),
                double(medium.erased_bytes) / (double(commits) * double(value_bytes)));
    return 0;
}

}  // namespace
}  // namespace wasmbed

int main(int argc, char** argv) {
    const long commits = argc == 3 ? std::atol(argv[1]) : 0;
    const long value_bytes = argc == 3 ? std::atol(argv[2]) : 0;
    if (commits < 1 || value_bytes < 1) {
        std::fprintf(stderr, "usage: store_bench COMMITS VALUE_BYTES\n");
        return 2;
    }
    return wasmbed::measure(commits, static_cast<std::size_t>(value_bytes));
}
