// Reads the binary format (WebAssembly 2.0, section 5.2) from a bounded range, remembering the first error.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/wasm/module.hpp"

namespace wasmbed::wasm {

/// After an error every read yields 0 and the position is the end, so that loops over the input stop by themselves;
/// callers look at `ok()` where a wrong value would matter. The first error is the one that counts.
class Reader {
  public:
    explicit Reader(ModuleBytes wasm);

    bool ok() const { return !failed_; }
    const LoadError& error() const { return error_; }

    std::uint32_t position() const { return at_; }
    std::uint32_t end() const { return end_; }
    std::uint32_t left() const { return end_ - at_; }
    bool done() const { return at_ >= end_; }

    /// Narrows reading to [position, end); returns the former end, to be given to `widen`.
    std::uint32_t narrow(std::uint32_t end) {
        const std::uint32_t former = end_;
        if (!failed_) end_ = end;
        return former;
    }
    void widen(std::uint32_t end) {
        if (!failed_) end_ = end;
    }
    /// Goes to a place that was read before.
    void seek(std::uint32_t position) {
        if (!failed_) at_ = position;
    }

    void fail(Rule rule, std::uint32_t offset, std::uint32_t index = LoadError::kNoIndex);

    std::uint8_t byte();
    /// The same where there is one (not `done`), made for where most bytes are read.
    std::uint8_t opcode();
    std::uint8_t peek();

    std::uint32_t u32();
    /// The same, made for where most numbers are read.
    std::uint32_t index();
    std::uint64_t u64() { return leb(64, false); }
    std::int32_t s32();
    std::int64_t s33() { return static_cast<std::int64_t>(leb(33, true)); }
    std::int64_t s64() { return static_cast<std::int64_t>(leb(64, true)); }

    /// Little-endian, fixed width.
    std::uint32_t fixed32();
    std::uint64_t fixed64();

    /// `count` raw bytes; streamed, as `name`.
    Bytes bytes(std::uint32_t count);
    /// Passes over `count` bytes.
    void skip(std::uint32_t count);
    /// Passes over a length-prefixed UTF-8 name (section 5.2.4), checked.
    void skip_name();
    /// The same, as a view. Streamed, it is good until the next read of the module, and a name longer than the window
    /// fails with kLimit.
    std::string_view name();
#if WASMBED_WASM_STREAMED
    /// Has the bytes from `from`, which was read before, to the position in the window, so that views of them are good
    /// together.
    void gather(std::uint32_t from);
#endif

  private:
    std::uint64_t leb(unsigned bits, bool is_signed);
    void unexpected_end();

#if WASMBED_WASM_STREAMED
    /// `count` bytes from `offset` on, which lie inside the module; null after a failure.
    const std::uint8_t* view(std::uint32_t offset, std::uint32_t count);
    ModuleWindow* window_;
#else
    const std::uint8_t* data_;
#endif
    std::uint32_t size_;
    std::uint32_t at_ = 0;
    std::uint32_t end_;
    bool failed_ = false;
    LoadError error_{};
};

#if !WASMBED_WASM_STREAMED
inline void Reader::skip(std::uint32_t count) {
    (void)bytes(count);
}
inline void Reader::skip_name() {
    (void)name();
}
inline std::uint8_t Reader::peek() {
    return at_ < end_ ? data_[at_] : 0;
}
inline std::uint8_t Reader::opcode() {
    return data_[at_++];
}
inline std::uint32_t Reader::index() {
    return at_ < end_ && data_[at_] < 0x80 ? data_[at_++] : u32();
}
#else
inline std::uint8_t Reader::opcode() {
    return byte();
}
inline std::uint32_t Reader::index() {
    return u32();
}
#endif

}  // namespace wasmbed::wasm
