// What the unit tests need to load and run a module with little ado.
#pragma once

#include <gtest/gtest.h>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "core/wasm/engine.hpp"
#include "core/wasm/test_room.hpp"

namespace wasmbed::wasm::test {

/// A module and an instance of it, with all the room they ask for.
struct Bench {
    Room image{1 << 16};
    Room scratch{1 << 15};
    Room arena{1 << 19};
    Instance* instance = nullptr;

    explicit Bench(Bytes wasm, std::span<const HostFunction> host = {}, const InstanceLimits& limits = {})
        : Bench(wasm, Linker{host, {}, {}}, limits, {}) {}

    Bench(Bytes wasm, const Linker& linker, const InstanceLimits& limits, Features features) {
        const auto module = translate(wasm, image.span(), scratch.span(), features);
        if (!module) {
            ADD_FAILURE() << "refused: " << text_of(module.error().rule) << " at " << module.error().offset;
            return;
        }
        const auto created = Instance::create(*module, linker, arena.span(), limits);
        if (!created) {
            ADD_FAILURE() << "not linked: " << text_of(created.error().rule);
            return;
        }
        instance = *created;
    }

    Outcome run(std::string_view name, std::initializer_list<std::uint32_t> arguments, std::int32_t fuel = 1'000'000) {
        const std::vector<std::uint32_t> slots(arguments);
        EXPECT_TRUE(instance->start(name, slots).has_value()) << name;
        return instance->run(fuel);
    }
};

/// First result as 32 or 64 bits; a failure of the test if the outcome is another.
inline std::uint32_t result32(const Outcome& outcome) {
    const Done* done = std::get_if<Done>(&outcome);
    if (done == nullptr || done->results.size() != 1) {
        ADD_FAILURE() << "no 32-bit result; outcome " << outcome.index();
        return 0;
    }
    return done->results[0];
}
inline std::uint64_t result64(const Outcome& outcome) {
    const Done* done = std::get_if<Done>(&outcome);
    if (done == nullptr || done->results.size() != 2) {
        ADD_FAILURE() << "no 64-bit result; outcome " << outcome.index();
        return 0;
    }
    return done->results[0] | std::uint64_t{done->results[1]} << 32;
}

}  // namespace wasmbed::wasm::test
