#include "host/cli/wasm/values.hpp"

#include <gtest/gtest.h>

namespace wasmbed::wasm_tools {
namespace {

using wasm::ValType;

/// Read and written again; what is refused is the error.
std::string round_trip(ValType type, std::string_view text) {
    std::vector<std::uint32_t> slots;
    const auto code = static_cast<std::uint8_t>(type);
    const auto parsed = parse_value(code, text, slots);
    return parsed ? text_of_value(code, slots) : parsed.error();
}

TEST(Values, are_integers_of_either_sign_in_decimal_or_hexadecimal) {
    EXPECT_EQ(round_trip(ValType::kI32, "5"), "i32:5");
    EXPECT_EQ(round_trip(ValType::kI32, "-2147483648"), "i32:-2147483648");
    EXPECT_EQ(round_trip(ValType::kI32, "0xffffffff"), "i32:-1");
    EXPECT_EQ(round_trip(ValType::kI64, "-9223372036854775808"), "i64:-9223372036854775808");
    EXPECT_EQ(round_trip(ValType::kI64, "18446744073709551615"), "i64:-1");
}

TEST(Values, are_floats_with_the_fewest_digits_that_read_back) {
    EXPECT_EQ(round_trip(ValType::kF32, "0.1"), "f32:0.1");
    EXPECT_EQ(round_trip(ValType::kF64, "0.30000000000000004"), "f64:0.30000000000000004");
    EXPECT_EQ(round_trip(ValType::kF64, "-0"), "f64:-0");
    EXPECT_EQ(round_trip(ValType::kF64, "-inf"), "f64:-inf");
    EXPECT_EQ(round_trip(ValType::kF32, "nan"), "f32:nan");
}

TEST(Values, are_nans_with_their_payload_unless_it_is_the_canonical_one) {
    EXPECT_EQ(round_trip(ValType::kF32, "nan:0x400000"), "f32:nan");
    EXPECT_EQ(round_trip(ValType::kF32, "nan:0x200001"), "f32:nan:0x200001");
    EXPECT_EQ(round_trip(ValType::kF64, "-nan:0x8000000000001"), "f64:-nan:0x8000000000001");
    EXPECT_EQ(round_trip(ValType::kF64, "-nan"), "f64:-nan");
    EXPECT_EQ(round_trip(ValType::kF32, "nan:0x0"), "\"nan:0x0\" is no f32");
    EXPECT_EQ(round_trip(ValType::kF32, "nan:0x800000"), "\"nan:0x800000\" is no f32");
}

TEST(Values, are_read_as_they_were_written) {
    EXPECT_EQ(round_trip(ValType::kI64, "i64:7"), "i64:7");
    EXPECT_EQ(round_trip(ValType::kFuncref, "funcref:null"), "funcref:null");
}

TEST(Values, of_another_type_or_size_are_refused) {
    EXPECT_EQ(round_trip(ValType::kI32, "4294967296"), "\"4294967296\" is no i32");
    EXPECT_EQ(round_trip(ValType::kI32, "-2147483649"), "\"-2147483649\" is no i32");
    EXPECT_EQ(round_trip(ValType::kI32, "1.5"), "\"1.5\" is no i32");
    EXPECT_EQ(round_trip(ValType::kI32, "i64:5"), "\"i64:5\" is no i32");
    EXPECT_EQ(round_trip(ValType::kF32, ""), "\"\" is no f32");
    EXPECT_EQ(round_trip(ValType::kI32, "--5"), "\"--5\" is no i32");
    EXPECT_EQ(round_trip(ValType::kExternref, "5"), "\"5\" is no externref; only null can be given");
}

}  // namespace
}  // namespace wasmbed::wasm_tools
