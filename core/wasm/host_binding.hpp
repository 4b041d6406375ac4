// Host functions as ordinary C++ functions: their WebAssembly signature is derived from their type at compile time.
//
//   std::int32_t read_pin(Board& board, std::uint32_t pin);
//   HostReturn<std::int32_t> copy(Board& board, GuestMemory memory, std::uint32_t to, std::uint32_t length);
//
//   const HostFunction functions[] = {bind<read_pin>("env", "read_pin", board), bind<copy>("env", "copy", board)};
//   static_assert(kSignatureOf<copy> == "(ii)i");
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/wasm/host.hpp"

namespace wasmbed::wasm {

/// What may cross: i32, i64, f32 and f64. Anything else, a bool or a pointer say, does not compile.
template <class T>
concept HostValue = std::same_as<T, std::int32_t> || std::same_as<T, std::uint32_t> || std::same_as<T, std::int64_t> ||
                    std::same_as<T, std::uint64_t> || std::same_as<T, float> || std::same_as<T, double>;

/// Result of a function that may also end the guest with a trap, or suspend it.
template <class T>
class HostReturn {
  public:
    HostReturn(T value) : value_(value), how_(HostResult::done()) {}
    /// TrapKind::kHost with this code.
    static HostReturn trap(std::uint32_t code) { return HostReturn(HostResult::trap(code)); }
    /// The result comes later, through Instance::complete.
    static HostReturn suspend() { return HostReturn(HostResult::suspend()); }

    T value() const { return value_; }
    HostResult how() const { return how_; }

  private:
    explicit HostReturn(HostResult how) : how_(how) {}
    T value_{};
    HostResult how_;
};

template <>
class HostReturn<void> {
  public:
    HostReturn() : how_(HostResult::done()) {}
    static HostReturn trap(std::uint32_t code) { return HostReturn(HostResult::trap(code)); }
    static HostReturn suspend() { return HostReturn(HostResult::suspend()); }

    HostResult how() const { return how_; }

  private:
    explicit HostReturn(HostResult how) : how_(how) {}
    HostResult how_;
};

namespace binding {

template <HostValue T>
inline constexpr std::uint8_t kType = static_cast<std::uint8_t>(std::same_as<T, float>    ? ValType::kF32
                                                                : std::same_as<T, double> ? ValType::kF64
                                                                : sizeof(T) == 8          ? ValType::kI64
                                                                                          : ValType::kI32);
template <HostValue T>
inline constexpr char kLetter = std::same_as<T, float>    ? 'f'
                                : std::same_as<T, double> ? 'F'
                                : sizeof(T) == 8          ? 'I'
                                                          : 'i';

template <HostValue T>
T argument(const HostCall& call, unsigned slot) {
    if constexpr (std::same_as<T, float>) return call.f32(slot);
    if constexpr (std::same_as<T, double>) return call.f64(slot);
    if constexpr (sizeof(T) == 8) return static_cast<T>(call.u64(slot));
    return static_cast<T>(call.u32(slot));
}

template <HostValue T>
void set_result(HostCall& call, T value) {
    if constexpr (std::same_as<T, float>) {
        call.set_f32(0, value);
    } else if constexpr (std::same_as<T, double>) {
        call.set_f64(0, value);
    } else if constexpr (sizeof(T) == 8) {
        call.set_u64(0, static_cast<std::uint64_t>(value));
    } else {
        call.set_u32(0, static_cast<std::uint32_t>(value));
    }
}

template <class R>
struct ResultOf {
    using Type = R;
};
template <class R>
struct ResultOf<HostReturn<R>> {
    using Type = R;
};

/// How `Context&`, GuestMemory if it is wanted, and the arguments become a call of `function`.
template <bool kMemory, class Context, class Return, class... Args>
struct Shape {
    using ContextType = Context;
    using Result = typename ResultOf<Return>::Type;
    static constexpr std::size_t kResults = std::is_void_v<Result> ? 0 : 1;

    static constexpr std::array<std::uint8_t, sizeof...(Args)> kParams{kType<Args>...};
    static constexpr auto kResultTypes = [] {
        std::array<std::uint8_t, kResults> types{};
        if constexpr (kResults == 1) types[0] = kType<Result>;
        return types;
    }();
    static constexpr auto kText = [] {
        std::array<char, sizeof...(Args) + 2 + kResults> text{'(', kLetter<Args>..., ')'};
        if constexpr (kResults == 1) text.back() = kLetter<Result>;
        return text;
    }();
    static constexpr auto kSlots = [] {
        std::array<unsigned, sizeof...(Args) + 1> at{};
        const std::size_t sizes[] = {sizeof(Args)..., 0};
        for (std::size_t i = 0; i < sizeof...(Args); ++i) at[i + 1] = at[i] + static_cast<unsigned>(sizes[i] / 4);
        return at;
    }();

    template <auto kFunction>
    static HostResult call(void* context, HostCall& call) {
        return call_with<kFunction>(*static_cast<Context*>(context), call, std::index_sequence_for<Args...>{});
    }

  private:
    template <auto kFunction, std::size_t... kIndex>
    static HostResult call_with(Context& context, HostCall& call, std::index_sequence<kIndex...>) {
        const auto invoke = [&]() -> Return {
            if constexpr (kMemory) {
                return kFunction(context, call.memory(), argument<Args>(call, kSlots[kIndex])...);
            } else {
                return kFunction(context, argument<Args>(call, kSlots[kIndex])...);
            }
        };
        if constexpr (std::is_void_v<Return>) {
            invoke();
            return HostResult::done();
        } else if constexpr (std::same_as<Return, Result>) {
            set_result<Result>(call, invoke());
            return HostResult::done();
        } else {
            const Return returned = invoke();
            if constexpr (kResults == 1) {
                if (returned.how().kind == HostResult::Kind::kDone) set_result<Result>(call, returned.value());
            }
            return returned.how();
        }
    }
};

template <class R>
concept HostOutcome = std::is_void_v<typename ResultOf<R>::Type> || HostValue<typename ResultOf<R>::Type>;

template <class Context, HostOutcome Return, HostValue... Args>
Shape<false, Context, Return, Args...> shape_of(Return (*)(Context&, Args...));
template <class Context, HostOutcome Return, HostValue... Args>
Shape<true, Context, Return, Args...> shape_of(Return (*)(Context&, GuestMemory, Args...));

template <auto kFunction>
using ShapeOf = decltype(shape_of(kFunction));

}  // namespace binding

/// A function that can be offered: of a context and values that may cross, to nothing or such a value.
template <auto kFunction>
concept HostCallable = requires { typename binding::ShapeOf<kFunction>; };

/// The function's signature as the table of host functions writes it: "(iI)i", with f and F for f32 and f64.
template <auto kFunction>
    requires HostCallable<kFunction>
inline constexpr std::string_view kSignatureOf{binding::ShapeOf<kFunction>::kText.data(),
                                               binding::ShapeOf<kFunction>::kText.size()};

/// Offers `kFunction(Context&, [GuestMemory,] arguments...)` as an import. The context outlives every instance that is
/// linked to it. The function returns nothing, a value, or HostReturn of either.
template <auto kFunction, class Context>
    requires HostCallable<kFunction> && std::same_as<typename binding::ShapeOf<kFunction>::ContextType, Context>
HostFunction bind(std::string_view module, std::string_view name, Context& context) {
    using Shape = binding::ShapeOf<kFunction>;
    return {module, name, {Shape::kParams, Shape::kResultTypes}, &Shape::template call<kFunction>, &context};
}

}  // namespace wasmbed::wasm
