// Loading while the module is still coming, in chunks of any size.
#pragma once

#include <cstdint>

#include "core/wasm/module_loader.hpp"

#if !WASMBED_WASM_STREAMED

namespace wasmbed::wasm {

/// Validates and translates each section, and each function of the code section, as soon as all of it is there; the
/// result, or the error, is the one that `translate` gives. An error shows as early as its section does, so that the
/// rest need not be fetched. The bytes are kept in an area of the embedder's, beside which the image is used.
class StreamLoader {
  public:
    /// `wasm`: the area, just as large as the module will be. The others as for `translate`.
    StreamLoader(MutableBytes wasm, MutableBytes image, MutableBytes scratch)
        : area_(wasm), image_(image), load_(wasm, image, scratch), loader_(load_) {}
    StreamLoader(const StreamLoader&) = delete;
    StreamLoader& operator=(const StreamLoader&) = delete;

    /// Takes the next bytes, at most as many as are missing, and goes on as far as they allow. After an error nothing
    /// more is taken.
    [[nodiscard]] Result<void, LoadError> feed(Bytes chunk);
    /// Bytes that are missing.
    std::uint32_t missing() const { return static_cast<std::uint32_t>(area_.size()) - available_; }
    /// The module, when nothing is missing. Earlier: an error, "unexpected end".
    [[nodiscard]] Result<Module, LoadError> finish();

  private:
    bool has_all() const { return missing() == 0; }
    bool complete(std::uint32_t length_at) const;
    bool may_open() const;
    void advance();

    MutableBytes area_;
    MutableBytes image_;
    std::uint32_t available_ = 0;
    bool begun_ = false;
    bool in_code_ = false;
    LoadContext load_;
    ModuleLoader loader_;
};

}  // namespace wasmbed::wasm

#endif
