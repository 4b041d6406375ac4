// Memory for modules and instances: plentiful on the host, what the board has on a microcontroller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/bytes.hpp"

namespace wasmbed::spec {

/// A command that cannot be run, by the script and the line in it.
struct Beyond {
    const char* script;
    std::uint32_t line;
    const char* reason;
};

/// What the target can spare.
struct Plenty {
    std::size_t memory_room;  ///< bytes an instance's linear memory may grow to
    std::size_t image_work;   ///< for the image being made
    std::size_t scratch;
    std::uint32_t stack_bytes;
    std::uint32_t table_entries;  ///< a table may grow to
    std::size_t instances;        ///< at once
    std::span<const Beyond> beyond;
};
extern const Plenty kPlenty;

/// 16-aligned memory, not cleared.
class Pages {
  public:
    explicit Pages(std::size_t bytes);
    Pages(const Pages&) = delete;
    Pages& operator=(const Pages&) = delete;
    ~Pages();
    /// Empty if there was not as much.
    MutableBytes span() const { return {static_cast<std::uint8_t*>(data_), data_ == nullptr ? 0 : bytes_}; }

  private:
    void* data_;
    std::size_t bytes_;
};

}  // namespace wasmbed::spec
