#include "host/pki/encoding.hpp"

#include <gtest/gtest.h>

namespace wasmbed::pki {
namespace {

TEST(Encoding, hex_round_trips_every_byte) {
    std::vector<std::uint8_t> all;
    for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<std::uint8_t>(byte));
    EXPECT_EQ(from_hex(to_hex(all)), all);
    EXPECT_EQ(to_hex(std::vector<std::uint8_t>{0x0a, 0xff}), "0aff");
}

TEST(Encoding, hex_rejects_odd_length_and_other_characters) {
    EXPECT_EQ(from_hex("abc"), std::nullopt);
    EXPECT_EQ(from_hex("0g"), std::nullopt);
    EXPECT_EQ(from_hex("0 "), std::nullopt);
}

TEST(Encoding, base64_gives_the_vectors_of_rfc_4648) {
    const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                           {"f", "Zg=="},
                                                           {"fo", "Zm8="},
                                                           {"foo", "Zm9v"},
                                                           {"foob", "Zm9vYg=="},
                                                           {"fooba", "Zm9vYmE="},
                                                           {"foobar", "Zm9vYmFy"}};
    for (auto [plain, encoded] : vectors) {
        EXPECT_EQ(to_base64(bytes_of(plain)), encoded);
        auto decoded = from_base64(encoded);
        ASSERT_TRUE(decoded.has_value()) << encoded;
        EXPECT_EQ(text_of(*decoded), plain);
    }
}

TEST(Encoding, base64_rejects_what_has_a_second_spelling) {
    EXPECT_EQ(from_base64("Zg"), std::nullopt);
    EXPECT_EQ(from_base64("Zh=="), std::nullopt);
    EXPECT_EQ(from_base64("Zg==\n"), std::nullopt);
    EXPECT_EQ(from_base64("Z=g="), std::nullopt);
    EXPECT_EQ(from_base64("===="), std::nullopt);
    EXPECT_EQ(from_base64("Zm9v-_=="), std::nullopt);
}

}  // namespace
}  // namespace wasmbed::pki
