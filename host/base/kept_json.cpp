#include "host/base/kept_json.hpp"

#include <array>
#include <boost/json/memory_resource.hpp>
#include <cstddef>
#include <span>
#include <vector>

namespace wasmbed {
namespace {

constexpr std::size_t kKeptBytesMax = 64 * 1024;

/// Hands out a block from its beginning, and what does not fit in pieces; freed is all of it at once.
class Bump final : public json::memory_resource {
  public:
    explicit Bump(std::span<std::byte> block) : block_(block) {}
    std::size_t used() const { return used_; }
    bool overflowed() const { return !pieces_.empty(); }

  protected:
    void* do_allocate(std::size_t size, std::size_t align) override {
        const std::size_t at = (used_ + align - 1) & ~(align - 1);
        if (at > block_.size() || size > block_.size() - at) {
            return pieces_.emplace_back(std::make_unique_for_overwrite<std::byte[]>(size)).get();
        }
        used_ = at + size;
        return block_.data() + at;
    }
    void do_deallocate(void*, std::size_t, std::size_t) override {}
    bool do_is_equal(const json::memory_resource& other) const noexcept override { return this == &other; }

  private:
    std::span<std::byte> block_;
    std::size_t used_ = 0;
    std::vector<std::unique_ptr<std::byte[]>> pieces_;
};

}  // namespace
}  // namespace wasmbed

template <>
struct boost::json::is_deallocate_trivial<wasmbed::Bump> {
    static constexpr bool value = true;
};

namespace wasmbed {
namespace {

struct Kept {
    Kept(const json::value& from, std::size_t size)
        : block(std::make_unique_for_overwrite<std::byte[]>(size)),
          memory({block.get(), size}),
          value(from, json::storage_ptr(&memory)) {}

    std::unique_ptr<std::byte[]> block;
    Bump memory;
    json::value value;
};

/// Bytes that a copy of `value` takes; 0: more than kKeptBytesMax.
std::size_t size_of(const json::value& value) {
    alignas(std::max_align_t) static thread_local std::array<std::byte, kKeptBytesMax> scratch;
    Bump memory{scratch};
    const json::value copy(value, json::storage_ptr(&memory));
    return memory.overflowed() ? 0 : memory.used();
}

}  // namespace

std::shared_ptr<const json::value> keep_json(const json::value& value) {
    const std::size_t size = size_of(value);
    if (size == 0 && value.is_structured()) return std::make_shared<const json::value>(value);
    const auto kept = std::make_shared<const Kept>(value, size);
    return {kept, &kept->value};
}

}  // namespace wasmbed
