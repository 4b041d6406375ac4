// The CDDL files and the code say the same: every key, type, bound and number.

#include <gtest/gtest.h>
#include <regex>

#include "core/proto/cddl_for_test.hpp"
#include "core/proto/codec.hpp"
#include "core/proto/manifest.hpp"
#include "core/proto/names.hpp"
#include "core/proto/provision.hpp"
#include "core/proto/shape.hpp"

namespace wasmbed::proto {
namespace {

// The test runs anywhere; this file knows where the sources are.
const std::string kFolder = std::string(WASMBED_SOURCE_DIR) + "/core/proto/";

std::string bounds(const Field& field) {
    return std::to_string(field.min) + ".." + std::to_string(field.max);
}

std::string describe(const Shape& shape);

// In the words of Cddl::describe_type.
std::string describe(const Field& field) {
    switch (field.kind) {
        case FieldKind::u8:
        case FieldKind::u32:
        case FieldKind::opt_u32:
            return "uint " + bounds(field);
        case FieldKind::u64:
            return "uint";
        case FieldKind::i64:
        case FieldKind::opt_i64:
            return "int";
        case FieldKind::boolean:
            return "bool";
        case FieldKind::text:
            return "tstr " + bounds(field);
        case FieldKind::bytes:
            return field.min == 0 && field.max == UINT32_MAX ? "bstr" : "bstr " + bounds(field);
        case FieldKind::octets:
            return "bstr " + bounds(field);
        case FieldKind::structure:
            return "{\n" + describe(*field.shape) + "}";
        case FieldKind::text_map: {
            const auto pair = field.element->shape->fields;
            return "{" + describe(pair[0]) + " => " + describe(pair[1]) + "}";
        }
        case FieldKind::list: {
            const std::string least = field.min == 0 ? "" : std::to_string(field.min);
            const std::string most = field.max == UINT32_MAX ? "" : std::to_string(field.max);
            return "[" + least + "*" + most + " " + describe(*field.element) + "]";
        }
    }
    return "?";
}

std::string describe(const Shape& shape) {
    std::string lines;
    for (const Field& field : shape.fields) {
        lines += (field.optional ? "? " : "") + std::to_string(field.key) + " " + describe(field) + "\n";
    }
    return lines;
}

// The line "; Numbers: error 1, hello 2, ..." of wire.cddl.
std::map<std::string, unsigned> numbers_line(const Cddl& wire) {
    std::smatch line;
    EXPECT_TRUE(std::regex_search(wire.text(), line, std::regex("; Numbers: ([^\n]*)\\.")));
    std::map<std::string, unsigned> numbers;
    const std::string list = line[1];
    static const std::regex kItem("([a-z]+) ([0-9]+)");
    for (std::sregex_iterator it(list.begin(), list.end(), kItem), end; it != end; ++it) {
        numbers[(*it)[1]] = static_cast<unsigned>(std::stoul((*it)[2]));
    }
    return numbers;
}

template <class M>
void expect_message(const Cddl& wire, std::map<std::string, unsigned>& numbers, const std::string& name) {
    EXPECT_EQ(wire.describe_map(name), describe(Wire<M>::kShape)) << name;
    EXPECT_EQ(numbers[name], static_cast<unsigned>(Wire<M>::kType)) << name;
    numbers.erase(name);
}

TEST(WireCddl, messages_have_the_keys_types_and_numbers_of_the_code) {
    const Cddl wire(kFolder + "wire.cddl");
    auto numbers = numbers_line(wire);
    ASSERT_EQ(numbers.size(), 16U);
    expect_message<Error>(wire, numbers, "error");
    expect_message<Hello>(wire, numbers, "hello");
    expect_message<Welcome>(wire, numbers, "welcome");
    expect_message<Desired>(wire, numbers, "desired");
    expect_message<Reported>(wire, numbers, "reported");
    expect_message<Fetch>(wire, numbers, "fetch");
    expect_message<Chunk>(wire, numbers, "chunk");
    expect_message<Heartbeat>(wire, numbers, "heartbeat");
    expect_message<Log>(wire, numbers, "log");
    expect_message<Event>(wire, numbers, "event");
    expect_message<Dropped>(wire, numbers, "dropped");
    expect_message<Ack>(wire, numbers, "ack");
    expect_message<Enroll>(wire, numbers, "enroll");
    expect_message<Enrolled>(wire, numbers, "enrolled");
    expect_message<Renew>(wire, numbers, "renew");
    expect_message<Renewed>(wire, numbers, "renewed");
    EXPECT_TRUE(numbers.empty()) << "in wire.cddl but not in the code: " << numbers.begin()->first;
    EXPECT_EQ(wire.rule("message"), "[id: uint .size 4, type: uint .size 4, body: { * uint => any }]");
}

TEST(WireCddl, manifest_and_provision_have_the_keys_and_types_of_the_code) {
    EXPECT_EQ(Cddl(kFolder + "manifest.cddl").describe_map("manifest"), describe(kManifestShape));
    EXPECT_EQ(Cddl(kFolder + "provision.cddl").describe_map("provision"), describe(kProvisionShape));
}

// "bad-signature" as "BadSignature".
std::string camel_case(const std::string& kebab) {
    std::string camel;
    bool upper = true;
    for (char c : kebab) {
        if (c != '-') camel += upper ? static_cast<char>(std::toupper(c)) : c;
        upper = c == '-';
    }
    return camel;
}

TEST(WireCddl, choices_have_the_names_of_the_code) {
    const Cddl wire(kFolder + "wire.cddl");
    for (const auto& [name, number] : wire.choice("app-state")) {
        EXPECT_EQ(app_state_name(static_cast<AppState>(number)), camel_case(name));
    }
    EXPECT_EQ(app_state_name(static_cast<AppState>(wire.choice("app-state").size())), "Unknown");
    for (const auto& [name, number] : wire.choice("app-reason")) {
        EXPECT_EQ(app_reason_name(static_cast<AppReason>(number)), name == "none" ? "" : camel_case(name));
    }
    EXPECT_EQ(app_reason_name(static_cast<AppReason>(wire.choice("app-reason").size())), "Unknown");
    for (const auto& [name, number] : wire.choice("event-kind"))
        EXPECT_EQ(event_kind_name(static_cast<EventKind>(number)), name);
    for (const auto& [name, number] : wire.choice("code"))
        EXPECT_EQ(error_code_name(static_cast<ErrorCode>(number)), name);
    for (const auto& [name, number] : wire.choice("level"))
        EXPECT_EQ(log_level_name(static_cast<LogLevel>(number)), name);
}

}  // namespace
}  // namespace wasmbed::proto
