// What the embedder gives to a module: host functions, and the view of guest memory they work on.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/wasm/types.hpp"

namespace wasmbed::wasm {

/// An instance's linear memory as a host function sees it. Valid until the guest runs again (its memory may grow).
class GuestMemory {
  public:
    GuestMemory() = default;
    explicit GuestMemory(MutableBytes bytes) : bytes_(bytes) {}

    std::size_t size() const { return bytes_.size(); }

    /// The `length` bytes at guest address `address`; empty if any of them lies outside.
    std::optional<MutableBytes> at(std::uint32_t address, std::uint32_t length) const;

    /// Little-endian load of a trivially copyable value at any alignment; empty if outside.
    template <class T>
    std::optional<T> load(std::uint32_t address) const {
        auto bytes = at(address, sizeof(T));
        if (!bytes) return std::nullopt;
        T value;
        std::memcpy(&value, bytes->data(), sizeof(T));
        return value;
    }

    /// Little-endian store; false, and nothing written, if outside.
    template <class T>
    [[nodiscard]] bool store(std::uint32_t address, T value) const {
        auto bytes = at(address, sizeof(T));
        if (!bytes) return false;
        std::memcpy(bytes->data(), &value, sizeof(T));
        return true;
    }

  private:
    MutableBytes bytes_;
};

/// How a host function ends.
struct HostResult {
    enum class Kind : std::uint8_t { kDone, kTrap, kSuspend };
    Kind kind;
    /// With kTrap: a number of the embedder below 2^24, handed out again in the Trap. Both make one word, which a
    /// register returns.
    std::uint32_t code : 24;

    /// Results are in the call's result slots; the guest goes on.
    static constexpr HostResult done() { return {Kind::kDone, 0}; }
    /// The guest ends with TrapKind::kHost and this code.
    static constexpr HostResult trap(std::uint32_t code) { return {Kind::kTrap, code & 0xffffff}; }
    /// `run` returns Suspended; the results come later through Instance::complete.
    static constexpr HostResult suspend() { return {Kind::kSuspend, 0}; }
};

/// One call of a host function: arguments in, results out, both in slots (types.hpp). Results share the arguments'
/// slots, so read every argument before setting a result.
class HostCall {
  public:
    HostCall(std::uint32_t* slots, GuestMemory memory) : slots_(slots), memory_(memory) {}

    const GuestMemory& memory() const { return memory_; }

    /// 32-bit argument that starts at slot `slot` (with only 32-bit parameters: the parameter's index).
    std::uint32_t u32(unsigned slot) const { return slots_[slot]; }
    std::int32_t i32(unsigned slot) const { return static_cast<std::int32_t>(slots_[slot]); }
    std::uint64_t u64(unsigned slot) const { return slots_[slot] | std::uint64_t{slots_[slot + 1]} << 32; }
    std::int64_t i64(unsigned slot) const { return static_cast<std::int64_t>(u64(slot)); }
    float f32(unsigned slot) const { return from_bits<float>(slots_[slot]); }
    double f64(unsigned slot) const { return from_bits<double>(u64(slot)); }

    void set_u32(unsigned slot, std::uint32_t value) { slots_[slot] = value; }
    void set_i32(unsigned slot, std::int32_t value) { slots_[slot] = static_cast<std::uint32_t>(value); }
    void set_u64(unsigned slot, std::uint64_t value) {
        slots_[slot] = static_cast<std::uint32_t>(value);
        slots_[slot + 1] = static_cast<std::uint32_t>(value >> 32);
    }
    void set_i64(unsigned slot, std::int64_t value) { set_u64(slot, static_cast<std::uint64_t>(value)); }
    void set_f32(unsigned slot, float value) { slots_[slot] = to_bits<std::uint32_t>(value); }
    void set_f64(unsigned slot, double value) { set_u64(slot, to_bits<std::uint64_t>(value)); }

  private:
    template <class T, class U>
    static T from_bits(U bits) {
        T value;
        std::memcpy(&value, &bits, sizeof value);
        return value;
    }
    template <class U, class T>
    static U to_bits(T value) {
        return from_bits<U>(value);
    }

    std::uint32_t* slots_;
    GuestMemory memory_;
};

/// A host function as offered to modules. `call` runs on the embedder's stack between two guest instructions; it must
/// not block (suspend instead) and must not run the same instance.
struct HostFunction {
    std::string_view module;
    std::string_view name;
    FuncType type;
    HostResult (*call)(void* context, HostCall& call);
    void* context;
};

}  // namespace wasmbed::wasm
