#include "device/runtime/crypto/seed_file.hpp"

#include <algorithm>

#include "core/base/crc32.hpp"
#include "core/base/endian.hpp"

namespace wasmbed::crypto {
namespace {

// Record: magic, boot count, seed, CRC-32 of all before; little-endian; padded with erased bytes to a multiple of every
// program unit up to 16.
constexpr std::uint32_t kMagic = 0x44454553;  // "SEED"
constexpr std::size_t kCrcOffset = 40;
using Record = std::array<std::uint8_t, 48>;

bool decode(const Record& record, Seed& seed) {
    if (load_le32(record.data()) != kMagic) return false;
    if (load_le32(record.data() + kCrcOffset) != crc32(Bytes(record).first(kCrcOffset))) return false;
    seed.boot_count = load_le32(record.data() + 4);
    std::copy_n(record.data() + 8, seed.bytes.size(), seed.bytes.begin());
    return true;
}

Record encode(const Seed& seed) {
    Record record;
    record.fill(hal::Store::kErased);
    store_le32(record.data(), kMagic);
    store_le32(record.data() + 4, seed.boot_count);
    std::copy(seed.bytes.begin(), seed.bytes.end(), record.begin() + 8);
    store_le32(record.data() + kCrcOffset, crc32(Bytes(record).first(kCrcOffset)));
    return record;
}

}  // namespace

Seed SeedFile::load() const {
    Seed newest;
    for (std::uint32_t block = 0; block < 2; ++block) {
        Record record;
        Seed seed;
        if (store_.read(block * store_.geometry().erase_block, record) && decode(record, seed) &&
            seed.boot_count > newest.boot_count) {
            newest = seed;
        }
    }
    return newest;
}

Result<void, hal::StoreError> SeedFile::save(const Seed& seed) {
    // Odd boots in block 1, even ones in block 0: the block of the seed before is never touched.
    const std::uint32_t block_bytes = store_.geometry().erase_block;
    const std::uint32_t offset = (seed.boot_count % 2) * block_bytes;
    if (const auto erased = store_.erase(offset, block_bytes); !erased) return erased;
    return store_.program(offset, encode(seed));
}

}  // namespace wasmbed::crypto
