// A module at work: its memory, globals, tables and frames in one arena, run in fuel slices.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/wasm/host.hpp"
#include "core/wasm/module.hpp"

namespace wasmbed::wasm {

class Instance;

/// An instance under the name by which others import its exports.
struct NamedInstance {
    std::string_view name;
    Instance* instance;
};

/// What a module's imports are looked up in: host functions first, then instances. Both lists, and what they point to,
/// outlive every instance linked to them.
struct Linker {
    std::span<const HostFunction> host;
    std::span<const NamedInstance> instances;
    /// Registry through which function references between instances resolve: as many entries as instances may exist at
    /// once, all null at first. Empty: this instance shares nothing and is the only one that its references can name.
    std::span<Instance*> registry;
};

/// By the number of the rule: each has four.
enum class LinkErrorKind : std::uint8_t {
    kUnknownImport,     ///< nobody offers it
    kIncompatibleType,  ///< offered with another type
    kTrap,              ///< a data or element segment lies outside its memory or table; `rule` says which
    kNoSpace,           ///< the arena or the registry is too small; `bytes_needed` says how many would do
};

struct LinkError {
    Rule rule;
    /// Index of the import (Module::import), or of the segment with kTrap.
    std::uint32_t index;
    std::uint32_t bytes_needed;

    LinkErrorKind kind() const {
        constexpr auto kFirst = static_cast<unsigned>(Rule::kUnknownImport);
        return static_cast<LinkErrorKind>((static_cast<unsigned>(rule) - kFirst) >> 2);
    }
};

/// Bounds of one instance, all set by the embedder.
struct InstanceLimits {
    /// Bytes of linear memory at most, of all the instance's own memories together, their declared minima included;
    /// memory.grow beyond fails with -1.
    std::uint32_t memory_bytes_max = 0xffffffff;
    /// Bytes for frames of guest functions; beyond it the guest traps with kStackExhausted.
    std::uint32_t stack_bytes = 2048;
    /// Entries each own table may grow to at most; its declared minimum is always there.
    std::uint32_t table_entries_max = 0;
};

enum class TrapKind : std::uint8_t {
    kUnreachable,
    kIntegerDivideByZero,
    kIntegerOverflow,
    kInvalidConversion,
    kMemoryOutOfBounds,
    kTableOutOfBounds,
    kUndefinedElement,
    kUninitializedElement,
    kIndirectCallType,
    kStackExhausted,
    kHost,  ///< a host function ended the guest; `host_code` is its own
};

/// In the words of the official test suite.
const char* text_of(TrapKind kind);

struct Trap {
    TrapKind kind;
    std::uint32_t host_code;
    /// Index of the function in the module of `instance`.
    std::uint32_t function;
    /// Place in that module's image: the operation that trapped.
    std::uint32_t code_offset;
    const Instance* instance;
};

/// The guest returned. Results in slots (types.hpp), valid until the next call of `start`.
struct Done {
    std::span<const std::uint32_t> results;
};
/// The slice is used up; `run` goes on where it stopped.
struct OutOfFuel {};
/// A host function suspended; `complete`, then `run`.
struct Suspended {};

using Outcome = std::variant<Done, OutOfFuel, Suspended, Trap>;

enum class StartError : std::uint8_t {
    kNoSuchFunction,
    kArgumentSlots,  ///< the argument slots do not fit the function's type
    kBusy,           ///< a call is in progress; `abandon` ends it
    kStackTooSmall,  ///< stack_bytes has no room for the arguments and the results
};

class Instance {
  public:
    /// Bytes of arena that `create` needs for this module with these limits, linear memory up to its declared minimum
    /// included. What the arena has beyond becomes room for memory.grow, up to memory_bytes_max.
    static std::uint64_t bytes_needed(const Module& module, const InstanceLimits& limits);

    /// Links and instantiates in `arena` (8-aligned): globals, tables and memory are set up, active segments copied. If
    /// the module has a start function, it is started: `run` until Done before the first `start`. The arena, the
    /// module's bytes and its image belong to the instance until the embedder stops using it; there is nothing to
    /// destroy, except that the registry entry must be cleared by the embedder if it reuses the arena.
    [[nodiscard]] static Result<Instance*, LinkError> create(const Module& module, const Linker& linker,
                                                             MutableBytes arena, const InstanceLimits& limits);

    /// Prepares a call of an exported function, arguments in slots. `run` executes it.
    [[nodiscard]] Result<void, StartError> start(std::string_view export_name,
                                                 std::span<const std::uint32_t> arguments);
    /// The same by function index.
    [[nodiscard]] Result<void, StartError> start(std::uint32_t function, std::span<const std::uint32_t> arguments);

    /// Runs for at most `fuel` units (calls, loop back-edges, br_tables, 64 bytes of bulk operation each cost one).
    /// Never recursive: a host function must not call it on the same instance. After Done or Trap the instance is idle
    /// again.
    Outcome run(std::int32_t fuel);

    /// Gives the results of the host call that suspended; `run` goes on behind it. False if none is suspended or the
    /// number of slots is wrong.
    [[nodiscard]] bool complete(std::span<const std::uint32_t> results);
    /// Drops the call in progress. Memory and globals stay as they are.
    void abandon();

    /// True while a call is in progress: `run` has something to do, or `complete` is awaited.
    bool busy() const;
    /// Units left of the last slice; negative is a debt the next slice pays.
    std::int32_t fuel_left() const;

    /// The first memory, empty without one.
    GuestMemory memory() const;
#if WASMBED_WASM_MULTI_MEMORY
    /// Any, imported ones included; empty if there is none of that index.
    GuestMemory memory(std::uint32_t index) const;
#endif
    const Module& module() const;

    /// Value of an exported global in slots, two words whatever the type; empty if there is none of that name.
    std::optional<std::uint64_t> global(std::string_view export_name) const;

    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

  protected:
    Instance() = default;
};

}  // namespace wasmbed::wasm
