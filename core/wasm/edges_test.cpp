// Every load and store, in every form of its address and value, at the very end of memory.
#include <cstring>
#include <string>

#include "core/wasm/test_bench.hpp"
#include "core/wasm/test_binary_writer.hpp"

namespace wasmbed::wasm::test {
namespace {

constexpr std::uint32_t kMemoryBytes = 2 * 65536;
constexpr std::uint32_t kSeededBytes = 32;  ///< at memory's end
constexpr std::uint8_t kSeed = 0xa5;
constexpr std::uint8_t kStored = 7;

using Code = std::vector<std::uint8_t>;

struct Access {
    const char* name;
    std::uint8_t opcode;
    std::uint32_t width;
    Code convert;  ///< a load's result to i32; an i32 to a store's value
};
const Access kLoads[] = {
    {"i32.load", 0x28, 4, {}},           {"i64.load", 0x29, 8, {0xa7}},  // i32.wrap_i64
    {"f32.load", 0x2a, 4, {0xbc}},                                       // i32.reinterpret_f32
    {"f64.load", 0x2b, 8, {0xbd, 0xa7}}, {"i32.load8_s", 0x2c, 1, {}},      {"i32.load8_u", 0x2d, 1, {}},
    {"i32.load16_s", 0x2e, 2, {}},       {"i32.load16_u", 0x2f, 2, {}},     {"i64.load8_s", 0x30, 1, {0xa7}},
    {"i64.load8_u", 0x31, 1, {0xa7}},    {"i64.load16_s", 0x32, 2, {0xa7}}, {"i64.load16_u", 0x33, 2, {0xa7}},
    {"i64.load32_s", 0x34, 4, {0xa7}},   {"i64.load32_u", 0x35, 4, {0xa7}},
};
const Access kStores[] = {
    {"i32.store", 0x36, 4, {}},           {"i64.store", 0x37, 8, {0xad}},  // i64.extend_i32_u
    {"f32.store", 0x38, 4, {0xbe}},                                        // f32.reinterpret_i32
    {"f64.store", 0x39, 8, {0xad, 0xbf}}, {"i32.store8", 0x3a, 1, {}},      {"i32.store16", 0x3b, 2, {}},
    {"i64.store8", 0x3c, 1, {0xad}},      {"i64.store16", 0x3d, 2, {0xad}}, {"i64.store32", 0x3e, 4, {0xad}},
};

/// How an operand is computed, and of an address how far it then lies beyond parameter 0. Parameter 2 is 0.
struct Form {
    const char* name;
    Code code;
    std::uint32_t distance;
};
const Form kAddresses[] = {
    {"local", {0x20, 0}, 0},
    {"local + 16", {0x20, 0, 0x41, 16, 0x6a}, 16},
    {"local - 8", {0x20, 0, 0x41, 0x78, 0x6a}, static_cast<std::uint32_t>(-8)},
    {"computed", {0x20, 0, 0x20, 2, 0x73}, 0},                // exclusive or with 0
    {"element", {0x20, 0, 0x41, 0, 0x74, 0x41, 2, 0x6a}, 2},  // (x << 0) + 2
    {"computed element", {0x20, 0, 0x20, 2, 0x73, 0x41, 0, 0x74, 0x41, 24, 0x6a}, 24},
};
const Form kValues[] = {
    {"local", {0x20, 1}, 0},
    {"constant", {0x41, kStored}, 0},
    {"computed", {0x20, 1, 0x20, 2, 0x73}, 0},
};
constexpr std::uint32_t kOffsets[] = {0, 8, 0x11000};

/// (module (memory 2 2) (func (export "f") (param i32 i32 i32) (result i32) BODY))
Code module_with(const Code& body) {
    return module_of({.memory = {1, 2, 2}, .type = {0x60, 3, 0x7f, 0x7f, 0x7f, 1, 0x7f}, .body = body});
}
void write_access(BinaryWriter& code, const Access& what, std::uint32_t offset) {
    code.raw({what.opcode, 0});
    code.u32(offset);
}

/// Used again and again: on a board it takes long to clear so much.
struct Rooms {
    Room image{1 << 12};
    Room scratch{1 << 13};
    Room arena{kMemoryBytes + (1 << 12)};
};

/// A function that loads or stores, run at and around the end of memory.
class Edges {
  public:
    Edges(Rooms& rooms, const Code& body, std::uint32_t width, bool stores)
        : wasm_(module_with(body)), last_(kMemoryBytes - width), width_(width), stores_(stores) {
        const auto module = translate(wasm_, rooms.image.span(), rooms.scratch.span());
        if (!module) {
            ADD_FAILURE() << text_of(module.error().rule) << " at " << module.error().offset;
            return;
        }
        InstanceLimits limits;
        limits.stack_bytes = 256;
        const auto created = Instance::create(*module, {}, rooms.arena.span(), limits);
        if (created) instance_ = *created;
    }

    void check(std::uint32_t distance, std::uint32_t offset) {
        ASSERT_NE(instance_, nullptr);
        const std::uint32_t first = 0 - distance;  // makes the address 0
        run(first + last_ - offset, true);
        for (std::uint32_t beyond = 1; beyond <= width_; ++beyond) run(first + last_ + beyond - offset, false);
        if (!stores_) EXPECT_EQ(result32(call(first)), 0u);
        if (offset != 0) run(first - offset, false);  // the sum with an offset does not wrap around
        run(first - 1, false);
    }

  private:
    void run(std::uint32_t parameter, bool inside) {
        const MutableBytes end = *instance_->memory().at(kMemoryBytes - kSeededBytes, kSeededBytes);
        std::memset(end.data(), kSeed, end.size());
        const Outcome outcome = call(parameter);
        if (inside) {
            EXPECT_EQ(result32(outcome) & 0xff, kSeed);
        } else {
            const Trap* trap = std::get_if<Trap>(&outcome);
            EXPECT_TRUE(trap != nullptr && trap->kind == TrapKind::kMemoryOutOfBounds) << parameter;
        }
        std::uint32_t at = kMemoryBytes - kSeededBytes;
        for (const std::uint8_t byte : end) {
            EXPECT_EQ(byte, !stores_ || !inside || at < last_ ? kSeed : at == last_ ? kStored : 0) << at;
            ++at;
        }
    }

    Outcome call(std::uint32_t parameter) {
        const std::uint32_t arguments[] = {parameter, kStored, 0};
        EXPECT_TRUE(instance_->start("f", arguments).has_value());
        return instance_->run(10);
    }

    Code wasm_;  // the instance reads it
    Instance* instance_ = nullptr;
    std::uint32_t last_;
    std::uint32_t width_;
    bool stores_;
};

std::string text(const Access& what, const Form& address, std::uint32_t offset) {
    return std::string(what.name) + ", address " + address.name + ", offset " + std::to_string(offset);
}

TEST(Edges, of_loads) {
    Rooms rooms;
    for (const Access& what : kLoads) {
        for (const Form& address : kAddresses) {
            for (const std::uint32_t offset : kOffsets) {
                SCOPED_TRACE(text(what, address, offset));
                BinaryWriter body;
                body.raw(address.code);
                write_access(body, what, offset);
                body.raw(what.convert);
                Edges(rooms, body.bytes(), what.width, false).check(address.distance, offset);
            }
        }
    }
}

TEST(Edges, of_stores) {
    Rooms rooms;
    for (const Access& what : kStores) {
        for (const Form& address : kAddresses) {
            for (const Form& value : kValues) {
                for (const std::uint32_t offset : kOffsets) {
                    SCOPED_TRACE(text(what, address, offset) + ", value " + value.name);
                    BinaryWriter body;
                    body.raw(address.code), body.raw(value.code), body.raw(what.convert);
                    write_access(body, what, offset);
                    body.raw({0x41, 0xa5, 0x01});  // i32.const kSeed
                    Edges(rooms, body.bytes(), what.width, true).check(address.distance, offset);
                }
            }
        }
    }
}

}  // namespace
}  // namespace wasmbed::wasm::test
