#include "core/proto/codec.hpp"

#include <gtest/gtest.h>
#include <vector>

#include "core/proto/framing.hpp"
#include "core/proto/test_bytes.hpp"

namespace wasmbed::proto {
namespace {

// The item in a frame, without its prefix.
Bytes item_of(Bytes frame) {
    return frame.subspan(kFramePrefixBytes);
}

template <class M>
std::vector<std::uint8_t> framed(const M& message, MessageId id = 7) {
    std::vector<std::uint8_t> buffer(8192);
    const auto frame = encode_frame(buffer, id, message);
    EXPECT_TRUE(frame.has_value()) << cbor_error_name(frame ? CborErrorKind::none : frame.error().kind);
    buffer.resize(frame ? frame->size() : 0);
    return buffer;
}

template <class M>
Result<M, CborError> decoded(Bytes frame) {
    const auto envelope = decode_envelope(item_of(frame));
    if (!envelope) return fail(envelope.error());
    EXPECT_EQ(envelope->type, Wire<M>::kType);
    return decode<M>(*envelope);
}

constexpr BootId kBoot{1, 2, 3, 4, 5, 6, 7, 8};

TEST(Codec, writes_a_heartbeat_as_wire_cddl_says) {
    // [7, 8, {1: 1000}] behind its length
    EXPECT_EQ(to_hex(framed(Heartbeat{.time_ms = 1000})),
              "00000008"
              "830708a1011903e8");
}

TEST(Codec, brings_a_hello_back_as_it_was) {
    const std::string_view features[] = {"wasm", "led"};
    const Hello hello{.boot_id = kBoot,
                      .firmware = "1.2.3",
                      .engine_build = "abc",
                      .frame_max = 4096,
                      .record_max = 2048,
                      .capacity = {.app_ram_bytes = 65536,
                                   .store_bytes = UINT64_MAX,
                                   .features = features,
                                   .apps_max = 4,
                                   .module_bytes_max = 131072},
                      .board = "mps2-an385",
                      .reset_reason = "power-on",
                      .uptime_ms = 12};
    const auto frame = framed(hello);
    const auto back = decoded<Hello>(frame);
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(back->protocol, 1U);
    EXPECT_EQ(back->boot_id, kBoot);
    EXPECT_EQ(back->firmware, "1.2.3");
    EXPECT_EQ(back->frame_max, 4096U);
    EXPECT_EQ(back->capacity.store_bytes, UINT64_MAX);
    EXPECT_EQ(back->capacity.apps_max, 4U);
    EXPECT_EQ(back->uptime_ms, 12U);
    std::vector<std::string_view> seen;
    for (std::string_view feature : back->capacity.features) seen.push_back(feature);
    EXPECT_EQ(seen, (std::vector<std::string_view>{"wasm", "led"}));
    // Views point into the frame.
    EXPECT_GE(back->board.data(), reinterpret_cast<const char*>(frame.data()));
    EXPECT_LT(back->board.data(), reinterpret_cast<const char*>(frame.data() + frame.size()));
    // What was decoded encodes to the same bytes, its list still encoded.
    EXPECT_EQ(framed(*back), frame);
}

TEST(Codec, brings_reported_apps_back_with_and_without_their_optional_fields) {
    const ReportedApp apps[] = {
        {.app = "uid-1", .manifest = {1}, .state = AppState::running, .restarts = 3},
        {.app = "uid-2",
         .manifest = {2},
         .state = AppState::failed,
         .reason = AppReason::trap,
         .detail = "unreachable",
         .exit_code = -1,
         .trap_function = 0,
         .trap_offset = 77,
         .revision = "app-0123456789",
         .rule = 255},
    };
    const auto frame = framed(Reported{.generation = 5, .apps = apps});
    const auto back = decoded<Reported>(frame);
    ASSERT_TRUE(back.has_value());
    ASSERT_EQ(back->apps.size(), 2U);
    auto app = back->apps.begin();
    EXPECT_EQ(app->app, "uid-1");
    EXPECT_EQ(app->state, AppState::running);
    EXPECT_EQ(app->restarts, 3U);
    EXPECT_FALSE(app->exit_code.has_value());
    EXPECT_FALSE(app->rule.has_value());
    EXPECT_EQ(app->detail, "");
    ++app;
    EXPECT_EQ(app->app, "uid-2");
    EXPECT_EQ(app->reason, AppReason::trap);
    EXPECT_EQ(app->exit_code, -1);
    EXPECT_EQ(app->trap_function, 0U);
    EXPECT_EQ(app->trap_offset, 77U);
    EXPECT_EQ(app->revision, "app-0123456789");
    EXPECT_EQ(app->rule, 255U);
    EXPECT_EQ(++app, back->apps.end());
}

TEST(Codec, brings_the_other_messages_back) {
    const std::string_view gateways[] = {"10.0.2.2:8443"};
    const DesiredApp apps[] = {{.app = "u", .manifest = {9}, .run = true}};
    const auto desired_frame = framed(Desired{.generation = 2, .time_ms = 3, .gateways = gateways, .apps = apps});
    const auto desired = decoded<Desired>(desired_frame).value();
    EXPECT_EQ(*desired.gateways.begin(), "10.0.2.2:8443");
    EXPECT_TRUE(desired.apps.begin()->run);
    EXPECT_EQ(desired.apps.begin()->manifest, Digest{9});

    const std::uint8_t data[] = {1, 2, 3};
    const auto chunk_frame = framed(Chunk{.digest = {4}, .offset = 1, .total = 9, .data = data});
    const auto chunk = decoded<Chunk>(chunk_frame).value();
    EXPECT_EQ(to_hex(chunk.data), "010203");
    EXPECT_EQ(chunk.total, 9U);

    const StreamHead head{.boot_id = kBoot, .seq = 4, .uptime_ms = 5};
    const auto log_frame = framed(Log{.head = head, .level = LogLevel::warn, .source = "u", .text = "hi"});
    const auto log = decoded<Log>(log_frame).value();
    EXPECT_EQ(log.head.boot_id, kBoot);
    EXPECT_EQ(log.head.seq, 4U);
    EXPECT_EQ(log.level, LogLevel::warn);
    EXPECT_EQ(log.text, "hi");

    const auto event_frame =
        framed(Event{.head = head, .kind = EventKind::led, .source = "u", .index = 1, .value = -1});
    EXPECT_EQ(decoded<Event>(event_frame).value().value, -1);
    EXPECT_EQ(decoded<Dropped>(framed(Dropped{.head = head, .count = 6})).value().count, 6U);
    EXPECT_EQ(decoded<Ack>(framed(Ack{.boot_id = kBoot, .seq = 8})).value().seq, 8U);
    EXPECT_EQ(decoded<Welcome>(framed(Welcome{.epoch = 1, .heartbeat_seconds = 30})).value().heartbeat_seconds, 30U);
    EXPECT_EQ(decoded<Fetch>(framed(Fetch{.digest = {1}, .offset = 2, .length = 3})).value().length, 3U);

    const auto enroll_frame = framed(Enroll{.name = "default/a", .hardware_id = data, .csr = data, .board = "sim"});
    const auto enroll = decoded<Enroll>(enroll_frame).value();
    EXPECT_EQ(enroll.name, "default/a");
    EXPECT_TRUE(enroll.token.empty());

    const Bytes chain[] = {Bytes(data), Bytes(data).first(1)};
    const auto enrolled_frame = framed(Enrolled{
        .outcome = EnrollOutcome::issued, .chain = chain, .namespace_name = "n", .device_name = "d", .uid = "u"});
    const auto enrolled = decoded<Enrolled>(enrolled_frame).value();
    ASSERT_EQ(enrolled.chain.size(), 2U);
    EXPECT_EQ(to_hex(*++enrolled.chain.begin()), "01");
    EXPECT_FALSE(enrolled.retry_seconds.has_value());
}

TEST(Codec, ignores_keys_it_does_not_know) {
    // [1, 8, {0: null, 1: 5, 9: {"a": [1.5]}}]
    const auto item = from_hex("83 01 08 a3 00 f6 01 05 09 a1 61 61 81 f9 3e00");
    const auto envelope = decode_envelope(item);
    ASSERT_TRUE(envelope.has_value());
    EXPECT_EQ(decode<Heartbeat>(*envelope)->time_ms, 5U);
}

TEST(Codec, names_the_place_of_what_is_wrong) {
    const auto error = [](std::string_view hex) {
        const auto item = from_hex(hex);
        const auto envelope = decode_envelope(item);
        if (!envelope) return envelope.error();
        const auto message = decode<Welcome>(*envelope);
        return message ? CborError{} : message.error();
    };
    EXPECT_EQ(error("83 01 03 a2 01 05 02 18 1e"), CborError{});
    EXPECT_EQ(error("83 01 03 a1 01 05"), (CborError{CborErrorKind::missing_key, 3}));
    EXPECT_EQ(error("83 01 03 a1 02 05"), (CborError{CborErrorKind::missing_key, 3}));
    EXPECT_EQ(error("83 01 03 a2 01 05 02 00"), (CborError{CborErrorKind::out_of_range, 7}));
    EXPECT_EQ(error("83 01 03 a2 01 05 02 19 0e11"), (CborError{CborErrorKind::out_of_range, 7}));
    EXPECT_EQ(error("83 01 03 a2 01 61 61 02 01"), (CborError{CborErrorKind::wrong_type, 5}));
    EXPECT_EQ(error("83 01 03 a3 01 05 02 01 61 61 00"), (CborError{CborErrorKind::wrong_type, 8}));  // a text key
}

TEST(Codec, refuses_frames_that_are_no_message) {
    const std::pair<const char*, CborErrorKind> cases[] = {
        {"01", CborErrorKind::wrong_type},
        {"820108", CborErrorKind::out_of_range},
        {"840108a000", CborErrorKind::out_of_range},
        {"83200 8a0", CborErrorKind::wrong_type},
        {"83010880", CborErrorKind::wrong_type},
        {"831b000000010000000008a0", CborErrorKind::out_of_range},
        {"830108a000", CborErrorKind::trailing_bytes},
        {"830108a2010102", CborErrorKind::truncated},
        {"", CborErrorKind::truncated},
    };
    for (const auto& [hex, kind] : cases) {
        const auto item = from_hex(hex);
        const auto envelope = decode_envelope(item);
        ASSERT_FALSE(envelope.has_value()) << hex;
        EXPECT_EQ(envelope.error().kind, kind) << hex << " " << cbor_error_name(envelope.error().kind);
    }
}

TEST(Codec, refuses_to_send_what_wire_cddl_does_not_allow) {
    std::uint8_t buffer[256];
    const auto kind = [&](const auto& message) {
        const auto frame = encode_frame(buffer, 1, message);
        return frame ? CborErrorKind::none : frame.error().kind;
    };
    EXPECT_EQ(kind(Welcome{.epoch = 1, .heartbeat_seconds = 0}), CborErrorKind::out_of_range);
    EXPECT_EQ(kind(Log{.level = LogLevel::info, .source = std::string_view("1234567890123456789012345678901234567")}),
              CborErrorKind::out_of_range);
    EXPECT_EQ(kind(Log{.level = LogLevel::info, .source = {}, .text = "\xff"}), CborErrorKind::invalid_utf8);
    EXPECT_EQ(kind(Enroll{}), CborErrorKind::out_of_range);
    const ReportedApp apps[] = {{.app = "u", .rule = 256}};
    EXPECT_EQ(kind(Reported{.generation = 1, .apps = apps}), CborErrorKind::out_of_range);
}

TEST(Codec, cuts_text_for_people_at_its_limit) {
    const std::string text(300, 'x');
    const auto frame = framed(Error{.code = ErrorCode::busy, .text = text});
    EXPECT_EQ(decoded<Error>(frame)->text.size(), 200U);
}

TEST(Codec, measures_what_does_not_fit) {
    const Heartbeat heartbeat{.time_ms = 1000};
    for (std::size_t room = 0; room < 12; ++room) {
        std::vector<std::uint8_t> buffer(room);
        const auto frame = encode_frame(buffer, 7, heartbeat);
        ASSERT_FALSE(frame.has_value()) << room;
        EXPECT_EQ(frame.error(), (CborError{CborErrorKind::no_room, 12}));
    }
}

TEST(Codec, chunk_overhead_covers_the_longest_chunk_head) {
    const std::vector<std::uint8_t> data(65000);
    std::vector<std::uint8_t> buffer(70000);
    const auto frame =
        encode_frame(buffer, UINT32_MAX, Chunk{.digest = {}, .offset = UINT64_MAX, .total = UINT64_MAX, .data = data});
    EXPECT_LE(frame->size() - data.size(), kChunkOverheadBytes);
}

}  // namespace
}  // namespace wasmbed::proto
