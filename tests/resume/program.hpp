// A program run in many ways: whatever interrupts it, it has to end as if nothing had.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/wasm/engine.hpp"
#include "core/wasm/test_room.hpp"

namespace wasmbed::resume {

using wasm::test::Room;

/// How a run ended.
struct End {
    std::string outcome;                ///< with the results
    std::vector<std::uint32_t> frames;  ///< of the call in progress, the innermost: their places in the image
    std::vector<std::uint8_t> state;    ///< memory, globals, tables as a snapshot
    std::int64_t spent = 0;             ///< units of fuel
    friend bool operator==(const End&, const End&) = default;
};

/// A loaded module and what it imports. Functions of the host answer with numbers that depend on how many calls came
/// before, and nothing else, so that all runs see the same.
class Program {
  public:
    explicit Program(const std::vector<std::uint8_t>& wasm);
    /// Why it cannot be run here; empty if it can.
    const std::string& refusal() const { return refusal_; }
    const wasm::Module& module() const { return *module_; }

    /// Runs the export `digest`, or `_start`, with at most `fuel` units.
    End run_whole(std::int64_t fuel);
    /// In slices of one unit. `at_each` is called wherever it stands between two.
    template <class AtEach>
    End run_in_units(std::int64_t fuel, AtEach at_each);
    /// In slices of one unit, and moved to another instance by a snapshot wherever it has not stood before, at most
    /// `moves_max` times; `moves` counts how often that was.
    End run_moved(std::int64_t fuel, std::size_t moves_max, std::size_t& moves);
    /// Each call of a host function suspends the program first.
    End run_suspended(std::int64_t fuel);
    /// In one slice that an Interrupter cuts short; `cuts` counts how often that was.
    End run_interrupted(std::int64_t fuel, unsigned& cuts);

  private:
    static wasm::HostResult answer(void* context, wasm::HostCall& call);
    wasm::Instance* create(Room& arena);
    wasm::Instance* start();
    wasm::Instance* moved(const wasm::Instance& instance, Room& arena);
    void complete(wasm::Instance& instance);
    End end(wasm::Instance& instance, const wasm::Outcome& outcome, std::int64_t spent);
    void answers(std::uint32_t* slots, std::uint32_t count);

    struct Import {
        Program* program;
        std::uint32_t result_slots;
    };
    std::string refusal_;
    std::vector<std::uint8_t> wasm_;
    Room image_;
    std::optional<wasm::Module> module_;
    Room arena_{0};
    Room other_arena_{0};  ///< takes turns with it while a program is moved
    std::vector<Import> imports_;
    std::vector<wasm::HostFunction> host_;
    std::string_view entry_;
    bool suspend_ = false;
    std::uint32_t answered_ = 0;       ///< calls of host functions so far
    std::uint32_t awaited_slots_ = 0;  ///< results of the call that is suspended
};

template <class AtEach>
End Program::run_in_units(std::int64_t fuel, AtEach at_each) {
    wasm::Instance& instance = *start();
    wasm::Outcome outcome = wasm::OutOfFuel{};
    std::int64_t given = 0;
    while (given < fuel && std::holds_alternative<wasm::OutOfFuel>(outcome)) {
        outcome = instance.run(1);
        ++given;
        if (std::holds_alternative<wasm::OutOfFuel>(outcome)) at_each(instance);
    }
    return end(instance, outcome, given - instance.fuel_left());
}

}  // namespace wasmbed::resume
