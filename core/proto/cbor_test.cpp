// The examples of RFC 8949 appendix A: those in our subset decode and encode, the rest is refused for the right reason.

#include <functional>
#include <gtest/gtest.h>

#include "core/proto/cbor_reader.hpp"
#include "core/proto/cbor_writer.hpp"
#include "core/proto/test_bytes.hpp"

namespace wasmbed::proto {
namespace {

CborError error_of(std::string_view hex) {
    const auto bytes = from_hex(hex);
    const auto result = cbor_validate(bytes);
    return result ? CborError{} : result.error();
}

std::string written(const std::function<void(CborWriter&)>& write) {
    std::uint8_t buffer[256];
    CborWriter writer(buffer);
    write(writer);
    return to_hex(writer.finish().value());
}

TEST(Cbor, reads_and_writes_the_unsigned_integers_of_appendix_a) {
    const std::pair<const char*, std::uint64_t> examples[] = {
        {"00", 0},
        {"01", 1},
        {"0a", 10},
        {"17", 23},
        {"1818", 24},
        {"1819", 25},
        {"1864", 100},
        {"1903e8", 1000},
        {"1a000f4240", 1000000},
        {"1b000000e8d4a51000", 1000000000000},
        {"1bffffffffffffffff", UINT64_MAX},
    };
    for (const auto& [hex, value] : examples) {
        const auto bytes = from_hex(hex);
        CborReader reader(bytes);
        EXPECT_EQ(reader.read_uint(), value) << hex;
        EXPECT_TRUE(reader.ok() && reader.at_end()) << hex;
        EXPECT_EQ(written([value](CborWriter& w) { w.uint(value); }), hex);
    }
}

TEST(Cbor, reads_and_writes_the_negative_integers_of_appendix_a) {
    const std::pair<const char*, std::int64_t> examples[] = {
        {"20", -1}, {"29", -10}, {"3863", -100}, {"3903e7", -1000}, {"3b7fffffffffffffff", INT64_MIN}};
    for (const auto& [hex, value] : examples) {
        const auto bytes = from_hex(hex);
        CborReader reader(bytes);
        EXPECT_EQ(reader.read_int(), value) << hex;
        EXPECT_TRUE(reader.ok()) << hex;
        EXPECT_EQ(written([value](CborWriter& w) { w.integer(value); }), hex);
    }
}

TEST(Cbor, refuses_integers_outside_64_bits_of_two_complement) {
    for (const char* hex : {"3bffffffffffffffff", "1bffffffffffffffff"}) {
        const auto bytes = from_hex(hex);
        CborReader reader(bytes);
        EXPECT_EQ(reader.read_int(), 0) << hex;
        EXPECT_EQ(reader.error().kind, CborErrorKind::out_of_range) << hex;
    }
}

TEST(Cbor, reads_and_writes_the_strings_of_appendix_a) {
    EXPECT_EQ(written([](CborWriter& w) { w.bytes({}); }), "40");
    EXPECT_EQ(written([](CborWriter& w) { w.bytes(from_hex("01020304")); }), "4401020304");
    const std::pair<const char*, std::string_view> texts[] = {
        {"60", ""},           {"6161", "a"},          {"6449455446", "IETF"},       {"62225c", "\"\\"},
        {"62c3bc", "\u00fc"}, {"63e6b0b4", "\u6c34"}, {"64f0908591", "\U00010151"},
    };
    for (const auto& [hex, text] : texts) {
        const auto bytes = from_hex(hex);
        CborReader reader(bytes);
        EXPECT_EQ(reader.read_text(), text) << hex;
        EXPECT_TRUE(reader.ok()) << hex;
        EXPECT_EQ(written([text](CborWriter& w) { w.text(text); }), hex);
    }
}

TEST(Cbor, reads_and_writes_the_arrays_and_maps_of_appendix_a) {
    EXPECT_EQ(written([](CborWriter& w) { w.array(0); }), "80");
    EXPECT_EQ(written([](CborWriter& w) { w.array(3).uint(1).array(2).uint(2).uint(3).array(2).uint(4).uint(5); }),
              "8301820203820405");
    EXPECT_EQ(written([](CborWriter& w) { w.map(2).uint(1).uint(2).uint(3).uint(4); }), "a201020304");
    EXPECT_EQ(written([](CborWriter& w) { w.map(2).text("a").uint(1).text("b").array(2).uint(2).uint(3); }),
              "a26161016162820203");
    std::string numbers = "9819";
    for (int i = 1; i <= 25; ++i) numbers += written([i](CborWriter& w) { w.integer(i); });
    for (const std::string& hex :
         {std::string("80"), std::string("83010203"), std::string("8301820203820405"), numbers, std::string("a0"),
          std::string("a201020304"), std::string("a26161016162820203"), std::string("826161a161626163"),
          std::string("a56161614161626142616361436164614461656145")}) {
        const auto bytes = from_hex(hex);
        CborReader reader(bytes);
        EXPECT_EQ(reader.skip().size(), bytes.size()) << hex;
        EXPECT_TRUE(reader.ok() && reader.at_end()) << hex;
    }
}

TEST(Cbor, reads_the_simple_values_and_tags_of_appendix_a) {
    const auto true_bytes = from_hex("f5");
    EXPECT_TRUE(CborReader(true_bytes).read_bool());
    const auto false_bytes = from_hex("f4");
    CborReader reader(false_bytes);
    EXPECT_FALSE(reader.read_bool());
    EXPECT_TRUE(reader.ok());
    const auto null_bytes = from_hex("f6");
    CborReader null_reader(null_bytes);
    EXPECT_TRUE(null_reader.skip_null());
    EXPECT_TRUE(null_reader.at_end());
    EXPECT_EQ(written([](CborWriter& w) { w.boolean(true).boolean(false).null(); }), "f5f4f6");
    for (const char* hex : {"f7", "f0", "f8ff", "c074323031332d30332d32315432303a30343a30305a", "c11a514b67b0",
                            "d74401020304", "d818456449455446", "d82076687474703a2f2f7777772e6578616d706c652e636f6d",
                            "c249010000000000000000", "c349010000000000000000"}) {
        EXPECT_EQ(error_of(hex).kind, CborErrorKind::none) << hex;
    }
}

TEST(Cbor, accepts_the_floats_of_appendix_a_in_their_shortest_form_only) {
    for (const char* shortest : {"f90000", "f98000", "f93c00", "fb3ff199999999999a", "f93e00", "f97bff", "fa47c35000",
                                 "fa7f7fffff", "fb7e37e43c8800759c", "f90001", "f90400", "f9c400", "fbc010666666666666",
                                 "f97c00", "f97e00", "f9fc00", "fac1475c29"}) {
        EXPECT_EQ(error_of(shortest).kind, CborErrorKind::none) << shortest;
    }
    for (const char* longer :
         {"fa7f800000", "fa7fc00000", "faff800000", "fb7ff0000000000000", "fb7ff8000000000000", "fbfff0000000000000",
          "fa3f800000", "fb3ff0000000000000", "fa33800000", "fb0000000000000000", "f97e01", "fb36a0000000000000"}) {
        EXPECT_EQ(error_of(longer).kind, CborErrorKind::not_shortest) << longer;
    }
    // 2^-25 is below half precision's smallest number; 2^-24 + 2^-25 needs a bit more than it has.
    EXPECT_EQ(error_of("fa33000000").kind, CborErrorKind::none);
    EXPECT_EQ(error_of("fa33c00000").kind, CborErrorKind::none);
}

TEST(Cbor, refuses_the_indefinite_lengths_of_appendix_a) {
    for (const char* hex : {"5f42010243030405ff", "7f657374726561646d696e67ff", "9fff", "9f018202039f0405ffff",
                            "bf61610161629f0203ffff", "bf6346756ef563416d7421ff"}) {
        EXPECT_EQ(error_of(hex), (CborError{CborErrorKind::indefinite_length, 0})) << hex;
    }
    EXPECT_EQ(error_of("83018202039f0405ff"), (CborError{CborErrorKind::indefinite_length, 5}));
    EXPECT_EQ(error_of("826161bf61626163ff"), (CborError{CborErrorKind::indefinite_length, 3}));
    EXPECT_EQ(error_of("ff").kind, CborErrorKind::indefinite_length);
}

TEST(Cbor, refuses_longer_forms_than_needed) {
    for (const char* hex : {"1817", "190018", "1900ff", "1a0000ffff", "1b00000000ffffffff", "3817", "580161", "780161",
                            "9801 00", "b8010000", "d80101"}) {
        EXPECT_EQ(error_of(hex), (CborError{CborErrorKind::not_shortest, 0})) << hex;
    }
}

TEST(Cbor, refuses_reserved_forms) {
    for (const char* hex :
         {"1c", "1d", "1e", "1f", "3f", "5c", "7d", "9e", "bc", "dc", "df", "fc", "f800", "f81f", "f818"}) {
        EXPECT_EQ(error_of(hex).kind, CborErrorKind::reserved) << hex;
    }
}

TEST(Cbor, refuses_unsorted_and_duplicate_keys_also_in_what_is_skipped) {
    EXPECT_EQ(error_of("a202000100"), (CborError{CborErrorKind::unsorted_key, 3}));
    EXPECT_EQ(error_of("a201000100"), (CborError{CborErrorKind::duplicate_key, 3}));
    EXPECT_EQ(error_of("81a202000100"), (CborError{CborErrorKind::unsorted_key, 4}));
    EXPECT_EQ(error_of("a2626162006161 00"), (CborError{CborErrorKind::unsorted_key, 5}));  // "ab" before "a"
    EXPECT_EQ(error_of("a2 8101 00 8100 00").kind, CborErrorKind::unsorted_key);            // arrays as keys
    EXPECT_EQ(error_of("a2 01 a1 05 00 02 a1 05 00").kind, CborErrorKind::none);            // keys of different maps
    EXPECT_EQ(error_of("a2 01 80 80 00").kind, CborErrorKind::none);  // an empty array, then as a key
}

TEST(Cbor, refuses_what_is_cut_off_at_every_byte) {
    const auto whole = from_hex("a3 01 83 19 03e8 44 01020304 62 c3bc 02 fb 3ff199999999999a 03 d2 a1 00 f5");
    ASSERT_TRUE(cbor_validate(whole).has_value());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto result = cbor_validate(Bytes(whole).first(size));
        ASSERT_FALSE(result.has_value()) << size;
        EXPECT_EQ(result.error().kind, CborErrorKind::truncated) << size;
        EXPECT_LE(result.error().offset, size);
    }
}

TEST(Cbor, refuses_counts_that_the_input_cannot_hold) {
    for (const char* hex : {"9bffffffffffffffff", "bbffffffffffffffff", "bb8000000000000000", "5bffffffffffffffff",
                            "9a00010000", "a101"}) {
        EXPECT_EQ(error_of(hex).kind, CborErrorKind::truncated) << hex;
    }
}

TEST(Cbor, refuses_trailing_bytes_bad_text_and_depth) {
    EXPECT_EQ(error_of("0000"), (CborError{CborErrorKind::trailing_bytes, 1}));
    EXPECT_EQ(error_of("8261616180"), (CborError{CborErrorKind::invalid_utf8, 3}));
    EXPECT_EQ(error_of("818181818181818100").kind, CborErrorKind::none);  // depth 8
    EXPECT_EQ(error_of("81818181818181818100"), (CborError{CborErrorKind::too_deep, 8}));
    EXPECT_EQ(error_of("818181818181818180"), (CborError{CborErrorKind::too_deep, 8}));
    EXPECT_EQ(error_of("c1c1c1c1c1c1c1c1c100").kind, CborErrorKind::too_deep);
}

TEST(CborReader, keeps_the_first_error_and_reads_nothing_after_it) {
    const auto bytes = from_hex("83 01 61 61 02");
    CborReader reader(bytes);
    EXPECT_EQ(reader.read_array(), 3U);
    EXPECT_EQ(reader.read_text(), "");
    EXPECT_EQ(reader.error(), (CborError{CborErrorKind::wrong_type, 1}));
    EXPECT_EQ(reader.read_uint(), 0U);
    EXPECT_FALSE(reader.read_bool());
    EXPECT_TRUE(reader.skip().empty());
    EXPECT_EQ(reader.offset(), 1U);
    EXPECT_EQ(reader.error().kind, CborErrorKind::wrong_type);
}

TEST(CborReader, enforces_the_callers_bounds) {
    const auto number = from_hex("1864");
    CborReader numbers(number);
    EXPECT_EQ(numbers.read_uint(99), 0U);
    EXPECT_EQ(numbers.error().kind, CborErrorKind::out_of_range);
    const auto text = from_hex("63616263");
    EXPECT_EQ(CborReader(text).read_text(1, 3), "abc");
    CborReader longer(text);
    EXPECT_EQ(longer.read_text(1, 2), "");
    EXPECT_EQ(longer.error().kind, CborErrorKind::out_of_range);
    CborReader shorter(text);
    EXPECT_EQ(shorter.read_text(4, 9), "");
    EXPECT_EQ(shorter.error().kind, CborErrorKind::out_of_range);
}

TEST(CborReader, takes_no_float_or_other_simple_value_for_a_boolean) {
    for (const char* hex : {"f6", "f90014", "f0", "01"}) {
        const auto bytes = from_hex(hex);
        CborReader reader(bytes);
        EXPECT_FALSE(reader.read_bool()) << hex;
        EXPECT_EQ(reader.error().kind, CborErrorKind::wrong_type) << hex;
    }
}

TEST(CborWriter, reports_once_that_all_did_not_fit_and_how_much_was_needed) {
    std::uint8_t buffer[4];
    CborWriter writer(buffer);
    writer.array(2).text("abcdef").uint(1);
    const auto result = writer.finish();
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error(), (CborError{CborErrorKind::no_room, 9}));
    CborWriter measure({});
    measure.array(2).text("abcdef").uint(1);
    EXPECT_EQ(measure.size(), 9U);
}

TEST(CborWriter, orders_text_keys_by_length_first) {
    EXPECT_TRUE(cbor_text_key_less("z", "aa"));
    EXPECT_TRUE(cbor_text_key_less("aa", "ab"));
    EXPECT_FALSE(cbor_text_key_less("ab", "ab"));
}

}  // namespace
}  // namespace wasmbed::proto
