// What the sections of a module leave behind for the translation of its functions.
#pragma once

#include <cstdint>

#include "core/wasm/image.hpp"
#include "core/wasm/reader.hpp"
#include "core/wasm/types.hpp"

namespace wasmbed::wasm {

/// Bump allocation in a span given by the embedder.
class Area {
  public:
    explicit Area(MutableBytes bytes) : data_(bytes.data()), size_(static_cast<std::uint32_t>(bytes.size())) {}

    std::uint8_t* data() const { return data_; }
    std::uint32_t size() const { return size_; }
    std::uint32_t used() const { return used_; }
    void rewind(std::uint32_t used) { used_ = used; }

    /// Offset of `bytes` new bytes at a multiple of 4, or kNone if they do not fit. A gap in front is filled with
    /// kPadding, as between functions.
    std::uint32_t take(std::uint32_t bytes) {
        while (used_ % 4 != 0 && used_ < size_) data_[used_++] = kPadding;
        if (used_ % 4 != 0 || bytes > size_ - used_) return kNone;
        const std::uint32_t start = used_;
        used_ += bytes;
        return start;
    }

  private:
    std::uint8_t* data_;
    std::uint32_t size_;
    std::uint32_t used_ = 0;
};

/// Parameter and result lists at a place in the module, or streamed in the image, that was validated before.
FuncType function_type_at(Bytes bytes, std::uint32_t at);

struct LoadContext {
    LoadContext(ModuleBytes wasm_bytes, MutableBytes image_bytes, MutableBytes scratch_bytes)
        : wasm(wasm_bytes), reader(wasm_bytes), image(image_bytes), scratch(scratch_bytes) {}

    ModuleBytes wasm;
#if WASMBED_WASM_MULTI_MEMORY
    Features features;
#endif
    Reader reader;
    Area image;
    Area scratch;
    ImageHeader* header = nullptr;

    // Arrays in scratch, filled while sections are read.
    std::uint16_t* function_types = nullptr;  ///< type index; kDeclared set if ref.func may name it (section 3.4.10)
    std::uint8_t* global_types = nullptr;     ///< ValType code; kMutable set for variables
    std::uint8_t* table_types = nullptr;
    std::uint8_t* element_types = nullptr;

    std::uint32_t function_bodies = 0;    ///< own functions, as the function section says
    std::uint32_t declared_data = kNone;  ///< from the data count section

    std::uint32_t watched = kNone;  ///< place in the image for which `locate` wants the instruction
    std::uint32_t watched_at = 0;   ///< that instruction's place in the module

    static constexpr std::uint16_t kDeclared = 0x8000;
    static constexpr std::uint8_t kMutable = 0x80;

    const TypeEntry* types() const { return &at_offset<TypeEntry>(image.data(), header->types_at); }
    FuncType type(std::uint32_t index) const;
    std::uint32_t type_of_function(std::uint32_t function) const {
        return function_types[function] & static_cast<std::uint16_t>(~kDeclared);
    }
    void declare(std::uint32_t function) { function_types[function] |= kDeclared; }

    /// Reads an index, which must be below `limit`; kNone after failing for `rule`.
    std::uint32_t read_index(std::uint32_t limit, Rule rule);
    std::uint32_t read_function() { return read_index(header->function_count, Rule::kUnknownFunction); }
    std::uint32_t read_type_index() { return read_index(header->type_count, Rule::kUnknownType); }
    std::uint32_t read_table() { return read_index(header->table_count, Rule::kUnknownTable); }

    void no_space(Rule area, std::uint32_t bytes);

    /// Room in the image or in scratch; on failure the reader has failed and the result is null.
    std::uint8_t* take_image(std::uint32_t bytes);
    [[gnu::noinline]] std::uint8_t* take_scratch(std::uint32_t bytes);
};

/// Reads and checks a value type or reference type (section 5.3).
std::uint8_t read_value_type(LoadContext& load);
std::uint8_t read_reference_type(LoadContext& load);

/// Validates a constant expression (section 3.3.10) of the given type, `end` included.
void read_constant(LoadContext& load, std::uint8_t type);

/// Validates one function body (its locals and code up to the end of the reader's range) and appends its translation.
void translate_function(LoadContext& load, std::uint32_t function);

}  // namespace wasmbed::wasm
