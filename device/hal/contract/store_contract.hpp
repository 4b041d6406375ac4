// What every hal::Store must do. Include in a test, then
//     struct MyHarness { hal::Store& store(); };   // fresh store per test; at least two erase blocks; content
//     arbitrary INSTANTIATE_TYPED_TEST_SUITE_P(MyBoard, StoreContract, MyHarness);
#pragma once

#include <algorithm>
#include <bit>
#include <gtest/gtest.h>
#include <vector>

#include "device/hal/store.hpp"

namespace wasmbed::hal {

template <class Harness>
class StoreContract : public testing::Test {
  protected:
    Store& store() { return harness_.store(); }
    StoreGeometry geometry() { return store().geometry(); }
    std::vector<std::uint8_t> pattern(std::size_t size, std::uint8_t seed = 1) {
        std::vector<std::uint8_t> bytes(size);
        for (std::size_t i = 0; i < size; ++i)
            bytes[i] = static_cast<std::uint8_t>(seed + i * 7) & 0x7F;  // never an erased byte
        return bytes;
    }
    std::vector<std::uint8_t> read(std::uint32_t offset, std::size_t size) {
        std::vector<std::uint8_t> bytes(size);
        EXPECT_TRUE(store().read(offset, bytes));
        return bytes;
    }
    Harness harness_;
};
TYPED_TEST_SUITE_P(StoreContract);

TYPED_TEST_P(StoreContract, geometry_is_made_of_powers_of_two) {
    const StoreGeometry g = this->geometry();
    EXPECT_TRUE(std::has_single_bit(g.erase_block) && std::has_single_bit(g.program_unit));
    EXPECT_EQ(g.size % g.erase_block, 0U);
    EXPECT_EQ(g.erase_block % g.program_unit, 0U);
    EXPECT_LE(g.program_unit, 16U);
}

TYPED_TEST_P(StoreContract, erased_block_reads_ff_and_its_neighbour_keeps_its_content) {
    const std::uint32_t block = this->geometry().erase_block;
    ASSERT_TRUE(this->store().erase(0, 2 * block));
    const auto data = this->pattern(block);
    ASSERT_TRUE(this->store().program(0, data));
    ASSERT_TRUE(this->store().program(block, data));
    ASSERT_TRUE(this->store().erase(0, block));
    EXPECT_EQ(this->read(0, block), std::vector<std::uint8_t>(block, Store::kErased));
    EXPECT_EQ(this->read(block, block), data);
}

TYPED_TEST_P(StoreContract, programs_units_and_reads_at_any_alignment) {
    const std::uint32_t unit = this->geometry().program_unit;
    ASSERT_TRUE(this->store().erase(0, this->geometry().erase_block));
    const auto data = this->pattern(3 * unit);
    ASSERT_TRUE(this->store().program(unit, data));
    EXPECT_EQ(this->read(unit, data.size()), data);
    EXPECT_EQ(this->read(unit + 1, 3), (std::vector<std::uint8_t>(data.begin() + 1, data.begin() + 4)));
    EXPECT_EQ(this->read(0, unit), std::vector<std::uint8_t>(unit, Store::kErased));
    if (const Bytes mapped = this->store().mapped(unit, 3 * unit); !mapped.empty()) {
        EXPECT_TRUE(std::equal(mapped.begin(), mapped.end(), data.begin(), data.end()));
    }
}

TYPED_TEST_P(StoreContract, refuses_to_program_twice_and_leaves_the_first_content) {
    const std::uint32_t unit = this->geometry().program_unit;
    ASSERT_TRUE(this->store().erase(0, this->geometry().erase_block));
    const auto first = this->pattern(unit, 1);
    ASSERT_TRUE(this->store().program(unit, first));
    EXPECT_EQ(this->store().program(unit, this->pattern(unit, 9)).error(), StoreError::NotErased);
    EXPECT_EQ(this->store().program(0, this->pattern(2 * unit, 9)).error(), StoreError::NotErased);
    EXPECT_EQ(this->read(unit, unit), first);
    EXPECT_EQ(this->read(0, unit), std::vector<std::uint8_t>(unit, Store::kErased));
}

TYPED_TEST_P(StoreContract, refuses_unaligned_and_foreign_ranges) {
    const StoreGeometry g = this->geometry();
    std::vector<std::uint8_t> unit(g.program_unit);
    ASSERT_TRUE(this->store().erase(0, g.erase_block));
    if (g.program_unit > 1) {
        EXPECT_EQ(this->store().program(1, unit).error(), StoreError::Unaligned);
        EXPECT_EQ(this->store().program(0, Bytes(unit).first(1)).error(), StoreError::Unaligned);
    }
    EXPECT_EQ(this->store().erase(g.program_unit, g.erase_block).error(), StoreError::Unaligned);
    EXPECT_EQ(this->store().erase(0, g.program_unit).error(), StoreError::Unaligned);
    EXPECT_EQ(this->store().program(g.size, unit).error(), StoreError::OutOfRange);
    EXPECT_EQ(this->store().erase(g.size - g.erase_block, 2 * g.erase_block).error(), StoreError::OutOfRange);
    EXPECT_EQ(this->store().read(g.size - 1, MutableBytes(unit).first(2)).error(), StoreError::OutOfRange);
    EXPECT_EQ(this->store().read(0xFFFFFFFF, MutableBytes(unit).first(2)).error(), StoreError::OutOfRange);
    EXPECT_TRUE(this->store().mapped(g.size, 1).empty());
}

REGISTER_TYPED_TEST_SUITE_P(StoreContract, geometry_is_made_of_powers_of_two,
                            erased_block_reads_ff_and_its_neighbour_keeps_its_content,
                            programs_units_and_reads_at_any_alignment,
                            refuses_to_program_twice_and_leaves_the_first_content,
                            refuses_unaligned_and_foreign_ranges);

}  // namespace wasmbed::hal
