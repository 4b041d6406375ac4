#include "core/wasm/stream_loader.hpp"

#include <cstring>

#if !WASMBED_WASM_STREAMED

namespace wasmbed::wasm {

namespace {

constexpr std::uint32_t kPreambleBytes = 8;  // magic and version
constexpr std::uint32_t kLengthBytesMax = 5;

}  // namespace

/// Is all there that follows the length at this place? Also if the length is broken or too large: the walk says so.
bool StreamLoader::complete(std::uint32_t length_at) const {
    if (has_all()) return true;
    std::uint64_t length = 0;
    for (std::uint32_t i = 0; i < kLengthBytesMax; ++i) {
        if (length_at + i >= available_) return false;
        const std::uint8_t b = area_[length_at + i];
        length |= std::uint64_t{b & 0x7fu} << (7 * i);
        if (b & 0x80) continue;
        const std::uint64_t end = length_at + i + 1 + length;
        return end <= available_ || end > area_.size();
    }
    return true;
}

/// Of the code section its header and the number of functions are enough.
bool StreamLoader::may_open() const {
    const std::uint32_t at = load_.reader.position();
    if (has_all()) return true;
    if (at >= available_) return false;
    if (area_[at] == kCode) return available_ - at >= 1 + 2 * kLengthBytesMax || complete(at + 1);
    return complete(at + 1);
}

void StreamLoader::advance() {
    Reader& r = load_.reader;
    if (!begun_) {
        if (available_ < kPreambleBytes && !has_all()) return;
        begun_ = true;
        loader_.begin();
    }
    while (r.ok()) {
        if (in_code_) {
            while (loader_.bodies_left() && complete(r.position())) loader_.body();
            if (loader_.bodies_left()) return;
            in_code_ = false;
            loader_.close_section();
            continue;
        }
        if (r.done() || !may_open()) return;
        const SectionId id = loader_.open_section();
        if (!r.ok()) return;
        if (id == kCode) {
            loader_.begin_code();
            in_code_ = true;
        } else {
            loader_.section(id);
            loader_.close_section();
        }
    }
}

Result<void, LoadError> StreamLoader::feed(Bytes chunk) {
    if (load_.reader.ok() && !chunk.empty()) {
        const std::size_t taken = chunk.size() < missing() ? chunk.size() : missing();
        std::memcpy(area_.data() + available_, chunk.data(), taken);
        available_ += static_cast<std::uint32_t>(taken);
        advance();
    }
    if (!load_.reader.ok()) return fail(load_.reader.error());
    return {};
}

Result<Module, LoadError> StreamLoader::finish() {
    if (!has_all()) load_.reader.fail(Rule::kUnexpectedEnd, available_);
    advance();
    if (load_.reader.ok()) loader_.finish();
    if (!load_.reader.ok()) return fail(load_.reader.error());
    return *Module::attach(area_, Bytes{image_}.first(load_.image.used()));
}

}  // namespace wasmbed::wasm

#endif
