// Loading: WebAssembly bytes to translated code, in one validating walk.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/wasm/module_bytes.hpp"
#include "core/wasm/rules.hpp"
#include "core/wasm/types.hpp"

namespace wasmbed::wasm {

/// By the number of the rule: each has 64.
enum class LoadErrorKind : std::uint8_t {
    kMalformed,  ///< not a WebAssembly binary (section 5)
    kInvalid,    ///< breaks a validation rule (section 3)
    kLimit,      ///< valid, but beyond what this engine supports; `rule` says which limit
    kNoSpace,    ///< the image or scratch area is too small; `index` holds the bytes that were given
};

/// Why a module was refused. Nothing of it is left behind: image and scratch have no meaning after an error.
struct LoadError {
    static constexpr std::uint32_t kNoIndex = 0xffffffff;

    /// The rule that is broken, or the limit; `text_of` has it in the words of the official test suite where it has
    /// words for it.
    Rule rule;
    /// Offset in the module of the offending instruction or field.
    std::uint32_t offset;
    /// The index the rule speaks of ("unknown function 7"), or kNoIndex.
    std::uint32_t index = kNoIndex;

    LoadErrorKind kind() const { return static_cast<LoadErrorKind>(static_cast<unsigned>(rule) >> 6); }
};

/// What lies beyond the language that devices run and a module may use all the same, as whoever loads it says.
struct Features {
#if WASMBED_WASM_MULTI_MEMORY
    /// Several memories (multi-memory proposal): at most 255. Host functions see the first.
    bool multiple_memories = false;
#endif
};

/// What `translate` needs, from the section headers alone.
struct Needs {
    /// Upper bound of the image: 32 bytes for each byte of code, which only contrived code takes. Ordinary code takes
    /// 0.6 to 1.1 with all tables; where memory is short, offer `translate` what there is and take the exact size from
    /// the result.
    std::uint32_t image_bytes;
    /// Scratch while translating, enough for 128 operands and 48 nested blocks in one function; deeper ones are refused
    /// with kNoSpace unless there is more.
    std::uint32_t scratch_bytes;
};

/// What a module asks of its embedder, known without running it.
struct Import {
    std::string_view module;
    std::string_view name;
    ExternKind kind;
    FuncType function;  ///< with kind kFunction
    TableType table;    ///< with kind kTable
    MemoryType memory;  ///< with kind kMemory
    GlobalType global;  ///< with kind kGlobal
};

struct Export {
    std::string_view name;
    ExternKind kind;
    std::uint32_t index;
};

struct ImageHeader;

/// A validated module: its own bytes and the image made of them, both kept by the embedder for as long as the module or
/// an instance of it is used. The bytes must not change: the image holds offsets into them that were checked once.
/// Copying copies two views. An image holds no addresses, so it may be moved, or lie in flash.
class Module {
  public:
    /// Takes up an image that `translate` of the same engine build made from the same bytes (a cache hit). Nothing in
    /// it is validated again, so it must come from memory that only this device writes. Empty if it was made by another
    /// build or from a module of another size.
    static std::optional<Module> attach(ModuleBytes wasm, Bytes image);

    ModuleBytes wasm() const { return wasm_; }
    Bytes image() const { return image_; }

    std::uint32_t import_count() const;
    /// The `index`-th import in the module's order; index < import_count().
    Import import(std::uint32_t index) const;

    std::uint32_t export_count() const;
    Export export_at(std::uint32_t index) const;
    std::optional<Export> find_export(std::string_view name) const;

    std::uint32_t function_count() const;
    /// Type of a function, imported ones first; index < function_count().
    FuncType function_type(std::uint32_t index) const;
    /// The first memory's type, imported or own; empty without one.
    std::optional<MemoryType> memory() const;
    bool has_start() const;

    const ImageHeader& header() const;

  private:
    friend Result<Module, LoadError> translate(ModuleBytes wasm, MutableBytes image, MutableBytes scratch,
                                               Features features);
    Module(ModuleBytes wasm, Bytes image) : wasm_(wasm), image_(image) {}

    ModuleBytes wasm_;
    Bytes image_;
};

/// Bounds from the section headers: reads them and nothing else, so it is cheap and says nothing about validity.
/// An error only if the bytes are so short or broken that sections cannot be told apart.
Result<Needs, LoadError> measure(ModuleBytes wasm);

/// Validates the whole module and translates it, in one walk, without recursion or heap. `image` must be 4-aligned and
/// takes the result; the exact size is image().size() of the module returned, the rest of the area is free again.
/// `scratch` (4-aligned) is free after the call. Both may be smaller than `measure` says: the error then is kNoSpace.
/// Time grows linearly with the size, but for the search for equal types and export names, which compares hashes in
/// pairs.
[[nodiscard]] Result<Module, LoadError> translate(ModuleBytes wasm, MutableBytes image, MutableBytes scratch,
                                                  Features features = {});

/// Where in the module the instruction lies that a place in the image was made from (Trap::code_offset): translates the
/// module once more into `work` (8-aligned), which takes as many bytes as the image and the scratch that `measure`
/// names. Empty if `work` is smaller, or if there is no code at that place.
[[nodiscard]] std::optional<std::uint32_t> locate(const Module& module, std::uint32_t code_offset, MutableBytes work);

}  // namespace wasmbed::wasm
