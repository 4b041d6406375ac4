// The whole gateway with the real API server and controller; the devices speak the real link over real TLS.
#include <algorithm>
#include <array>
#include <gmock/gmock.h>

#include "core/wasm/rules.hpp"
#include "host/base/time.hpp"
#include "host/pki/encoding.hpp"
#include "host/pki/openssl_crypto.hpp"
#include "services/gateway/device_status.hpp"
#include "services/gateway/testing/gateway_fixture.hpp"

namespace wasmbed::gateway {
namespace {

using proto::EnrollOutcome;
using testing::condition;
using testing::DeviceClient;
using testing::EnrollClient;
using ::testing::HasSubstr;
using testing::Provisioning;

/// (module)
/// (module (func (export "_start")))
const std::string kModule("\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0\7\12\1\6_start\0\0\12\4\1\2\0\x0b", 36);

class GatewayTest : public testing::GatewayFixture {
  protected:
    std::unique_ptr<DeviceClient> connected(const std::string& name) {
        auto client = enrolled(name);
        client->connect(device_port_);
        EXPECT_TRUE(client->run_until([&] { return client->welcomed() && client->generation() != 0; }));
        return client;
    }
    std::string records(const std::string& query) {
        const auto [status, body] = api(std::string("/v1/namespaces/wasmbed/records?") + query, server_.admin());
        EXPECT_EQ(status, 200) << body;
        return body;
    }
};

TEST_F(GatewayTest, registers_itself_with_the_address_of_its_api) {
    const json::value gateway = wait_for(
        kube::kGateways, "default", [](const json::value& object) { return condition(object, "Ready") == "True"; });
    EXPECT_EQ(json_string(gateway, {"status", "api"}), "https://127.0.0.1:" + std::to_string(api_port_));
    EXPECT_EQ(json_string(gateway, {"status", "version"}), "0.1.0");
    EXPECT_EQ((*json_array(gateway, {"spec", "endpoints"}))[0].as_string(),
              "127.0.0.1:" + std::to_string(device_port_));
    stop_gateway();
    EXPECT_EQ(condition(get(kube::kGateways, "default"), "Ready"), "False");
}

TEST_F(GatewayTest, enrolls_a_device_with_its_token_and_says_so_in_its_status) {
    create_device("dev-1");
    const Provisioning provisioned = provisioning("dev-1");
    const auto key = pki::PrivateKey::generate().value();
    EnrollClient client{device_port_, service_roots_, key, provisioned};
    const auto answer = client.next();
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->outcome, EnrollOutcome::issued) << answer->reason;
    const json::value object = device("dev-1");
    EXPECT_EQ(answer->uid, json_string(object, {"metadata", "uid"}));
    EXPECT_EQ(json_string(object, {"status", "enrollment", "tokenId"}), provisioned.token_id);
    EXPECT_EQ(json_string(object, {"status", "enrollment", "publicKeySha256"}), key.public_key().spki_sha256());
    EXPECT_EQ(json_string(object, {"status", "enrollment", "hardwareId"}), "0102030405060708");
    EXPECT_EQ(pki::Certificate::from_pem(answer->chain_pem)->serial(),
              json_string(object, {"status", "identity", "serial"}));

    // A power cut before the certificate was stored: the same token and key get the same certificate.
    EnrollClient again{device_port_, service_roots_, key, provisioned};
    const auto repeated = again.next();
    ASSERT_TRUE(repeated);
    EXPECT_EQ(repeated->outcome, EnrollOutcome::issued) << repeated->reason;
    EXPECT_EQ(repeated->chain_pem, answer->chain_pem);

    // Another key with that token gets nothing.
    const auto other = pki::PrivateKey::generate().value();
    EnrollClient thief{device_port_, service_roots_, other, provisioned};
    const auto refused = thief.next();
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->outcome, EnrollOutcome::refused);
    EXPECT_THAT(refused->reason, HasSubstr("another key"));
}

TEST_F(GatewayTest, refuses_enrollments_that_have_no_right) {
    create_device("dev-1");
    create_device("dev-2");
    const auto key = pki::PrivateKey::generate().value();
    const Provisioning good = provisioning("dev-1");
    const auto reason = [&](const Provisioning& provisioned) {
        EnrollClient client{device_port_, service_roots_, key, provisioned};
        const auto answer = client.next();
        if (!answer || answer->outcome != EnrollOutcome::refused) return std::string("not refused");
        return answer->reason;
    };
    Provisioning bad = good;
    bad.token[0] ^= 1;
    EXPECT_THAT(reason(bad), HasSubstr("token is wrong"));
    bad = good;
    bad.token_id = "ffffffff";
    EXPECT_THAT(reason(bad), HasSubstr("token is wrong"));
    bad = good;
    bad.name = "wasmbed/dev-2";
    EXPECT_THAT(reason(bad), HasSubstr("token is wrong"));
    bad.name = "wasmbed/nobody";
    EXPECT_THAT(reason(bad), HasSubstr("no Device wasmbed/nobody"));
    bad = good;
    bad.board = "toaster";
    EXPECT_THAT(reason(bad), HasSubstr("board"));
    EXPECT_THAT(reason({.name = "wasmbed/dev-1", .token_id = "", .token = {}}), HasSubstr("pairing is not open"));
    patch(kube::kDevices, "dev-1", {{"spec", {{"approval", "Rejected"}}}});
    EXPECT_THAT(reason(good), HasSubstr("rejected"));
    EXPECT_EQ(json_find(device("dev-1"), {"status", "enrollment"}), nullptr);
}

TEST_F(GatewayTest, a_paired_device_waits_for_a_person) {
    const auto until = rfc3339(WallClock::now() + std::chrono::hours{1});
    wait_for(kube::kGateways, "default",
             [](const json::value& object) { return condition(object, "Ready") == "True"; });
    patch(kube::kGateways, "default", {{"spec", {{"pairing", {{"until", until}}}}}});
    create_device("dev-1");
    const auto key = pki::PrivateKey::generate().value();
    std::optional<testing::EnrollAnswer> answer;
    std::unique_ptr<EnrollClient> client;
    // The gateway hears of the open pairing by its watch.
    for (int attempt = 0; attempt < 100 && (!answer || answer->outcome == EnrollOutcome::refused); ++attempt) {
        client = std::make_unique<EnrollClient>(device_port_, service_roots_, key,
                                                Provisioning{.name = "wasmbed/dev-1", .token_id = "", .token = {}});
        answer = client->next();
    }
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->outcome, EnrollOutcome::pending) << answer->reason;

    // Another key does not take the place of the one that a person looks at.
    const auto other = pki::PrivateKey::generate().value();
    EnrollClient thief{device_port_, service_roots_, other, {.name = "wasmbed/dev-1", .token_id = "", .token = {}}};
    const auto refused = thief.next();
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->outcome, EnrollOutcome::refused);
    EXPECT_THAT(refused->reason, HasSubstr("another key has asked"));
    const std::string asked = key.public_key().spki_sha256();
    EXPECT_EQ(json_string(device("dev-1"), {"status", "enrollment", "publicKeySha256"}), asked);

    patch(kube::kDevices, "dev-1", {{"spec", {{"approval", "Approved"}, {"publicKey", asked}}}});
    answer = client->next();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->outcome, EnrollOutcome::issued) << answer->reason;
}

TEST_F(GatewayTest, a_request_without_token_does_not_replace_one_with_a_token) {
    wait_for(kube::kGateways, "default",
             [](const json::value& object) { return condition(object, "Ready") == "True"; });
    create_device("dev-1");
    const Provisioning provisioned = provisioning("dev-1");
    const auto key = pki::PrivateKey::generate().value();
    EnrollClient client{device_port_, service_roots_, key, provisioned};
    ASSERT_TRUE(client.next());
    patch(kube::kGateways, "default",
          {{"spec", {{"pairing", {{"until", rfc3339(WallClock::now() + std::chrono::hours{1})}}}}}});
    std::optional<testing::EnrollAnswer> answer;
    for (int attempt = 0; attempt < 100 && (!answer || answer->outcome == EnrollOutcome::refused); ++attempt) {
        EnrollClient again{device_port_, service_roots_, key, {.name = provisioned.name, .token_id = "", .token = {}}};
        answer = again.next();
    }
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->outcome, EnrollOutcome::issued) << answer->reason;
    EXPECT_EQ(json_string(device("dev-1"), {"status", "enrollment", "tokenId"}), provisioned.token_id);
}

TEST_F(GatewayTest, a_session_shows_in_the_devices_status) {
    auto client = connected("dev-1");
    EXPECT_EQ(client->epoch(), 1U);
    EXPECT_EQ(client->heartbeat_seconds(), 30U);
    json::value object = device("dev-1");
    EXPECT_EQ(condition(object, "Connected"), "True");
    EXPECT_EQ(json_string(object, {"status", "session", "gateway"}), "default");
    EXPECT_EQ(json_int(object, {"status", "session", "epoch"}), 1);
    EXPECT_EQ(json_string(object, {"status", "session", "bootId"}), "0909090909090909");
    EXPECT_EQ(json_string(object, {"status", "firmware", "version"}), "1.2.3");
    EXPECT_EQ(json_int(object, {"status", "capacity", "ram"}), 65536);
    client->disconnect();
    object = wait_for(kube::kDevices, "dev-1",
                      [](const json::value& now) { return condition(now, "Connected") == "False"; });
    EXPECT_NE(json_string(object, {"status", "session", "until"}), "");
    client->connect(device_port_);
    ASSERT_TRUE(client->run_until([&] { return client->epoch() == 2; }));
    object = device("dev-1");
    EXPECT_EQ(json_find(object, {"status", "session", "until"}), nullptr);
    EXPECT_EQ(condition(object, "Connected"), "True");
}

TEST_F(GatewayTest, a_device_gets_its_application_and_reports_it) {
    auto client = connected("dev-1");
    EXPECT_TRUE(client->desired().empty());
    create_application("hello", kModule);
    ASSERT_TRUE(client->run_until([&] { return client->desired().size() == 1; }));
    const DeviceClient::App app = client->desired()[0];
    EXPECT_TRUE(app.run);

    const auto manifest = client->fetch(app.manifest);
    ASSERT_TRUE(manifest);
    EXPECT_EQ(pki::sha256(*manifest), app.manifest);
    const auto module = client->fetch(pki::sha256(bytes_of(kModule)));
    ASSERT_TRUE(module);
    EXPECT_EQ(text_of(*module), kModule);
    EXPECT_FALSE(client->fetch(pki::sha256(bytes_of("another device's"))));

    proto::ReportedApp reported;
    reported.app = app.uid;
    reported.manifest = app.manifest;
    reported.state = proto::AppState::running;
    reported.restarts = 2;
    client->report({reported});
    const auto shown = [](const json::value& object) {
        const json::array* apps = json_array(object, {"status", "applications"});
        return apps != nullptr && apps->size() == 1 && json_string((*apps)[0], {"state"}) == "Running";
    };
    json::value object;
    client->run_until([&] { return shown(object = device("dev-1")); });
    ASSERT_TRUE(shown(object)) << json::serialize(object);
    const json::value& entry = (*json_array(object, {"status", "applications"}))[0];
    EXPECT_EQ(json_string(entry, {"name"}), "hello");
    EXPECT_EQ(json_int(entry, {"restarts"}), 2);
    EXPECT_EQ(json_string(object, {"status", "apps"}), "1/1");
    EXPECT_EQ(std::uint64_t(json_int(object, {"status", "reportedGeneration"})), client->generation());

    patch(kube::kApplications, "hello", {{"spec", {{"suspended", true}}}});
    ASSERT_TRUE(client->run_until([&] { return client->desired().size() == 1 && !client->desired()[0].run; }));
    EXPECT_THAT(records("device=dev-1&kinds=fetch"), HasSubstr(R"("what":"manifest")"));
    EXPECT_THAT(records("device=dev-1&kinds=fetch"), HasSubstr(R"("what":"module")"));
}

TEST_F(GatewayTest, a_rule_that_a_device_reports_by_number_is_shown_in_words) {
    auto client = connected("dev-1");
    create_application("hello", kModule);
    ASSERT_TRUE(client->run_until([&] { return client->desired().size() == 1; }));
    proto::ReportedApp reported;
    reported.app = client->desired()[0].uid;
    reported.manifest = client->desired()[0].manifest;
    reported.state = proto::AppState::refused;
    reported.reason = proto::AppReason::invalid_module;
    // What the device says, and what is to be read; the last has no rule.
    const std::tuple<std::optional<std::uint32_t>, std::string_view, std::string> cases[] = {
        {std::uint32_t(wasm::Rule::kTypeMismatch), " at offset 105, index 3", "type mismatch at offset 105, index 3"},
        {std::uint32_t(wasm::Rule::kUnexpectedEnd), "", "unexpected end"},
        {std::uint32_t(wasm::Rule::kIncompatibleImport), ": env.f", "incompatible import type: env.f"},
        {255, " at offset 9", "rule 255 (unknown to this gateway) at offset 9"},
        {std::nullopt, "module needs 9 bytes, 8 are free", "module needs 9 bytes, 8 are free"},
    };
    for (const auto& [rule, detail, words] : cases) {
        reported.rule = rule;
        reported.detail = detail;
        client->report({reported});
        std::string shown;
        const auto as_expected = [&] {
            const json::value object = device("dev-1");
            const json::array* apps = json_array(object, {"status", "applications"});
            shown = apps == nullptr || apps->empty() ? "" : json_string((*apps)[0], {"detail"});
            return shown == words;
        };
        EXPECT_TRUE(client->run_until(as_expected)) << shown << " instead of " << words;
        EXPECT_THAT(records("device=dev-1&kinds=report"), HasSubstr("\"detail\":\"" + words + "\""));
    }
}

TEST_F(GatewayTest, logs_and_events_are_acknowledged_once_stored_and_can_be_read) {
    auto client = connected("dev-1");
    for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(client->link().log(DeviceClient::now(), LogLevel::info, "", bytes_of("line " + std::to_string(i))));
    }
    ASSERT_TRUE(client->link().event(DeviceClient::now(), proto::EventKind::led, "", 0, 1));
    ASSERT_TRUE(client->run_until([&] { return client->link().backlog().unacknowledged() == 0; }));

    const std::string lines = records("device=dev-1&kinds=log&tail=1000");
    EXPECT_EQ(std::ranges::count(lines, '\n'), 50);
    EXPECT_LT(lines.find("line 0\""), lines.find("line 49\""));
    EXPECT_THAT(records("device=dev-1&kinds=event"), HasSubstr(R"("event":"led","app":"","index":0,"value":1)"));
    EXPECT_THAT(records("device=dev-1&kinds=session"), HasSubstr(R"("state":"connected")"));
    const auto [status, state] = api("/v1/namespaces/wasmbed/devices/dev-1/state", server_.admin());
    EXPECT_EQ(status, 200) << state;
    EXPECT_THAT(state, HasSubstr(R"("leds":{"0":1})"));
}

TEST_F(GatewayTest, records_can_be_followed_while_they_come) {
    auto client = connected("dev-1");
    client->link().log(DeviceClient::now(), LogLevel::info, "", bytes_of("early"));
    ASSERT_TRUE(client->run_until([&] { return client->link().backlog().unacknowledged() == 0; }));
    const std::string lines =
        follow("/v1/namespaces/wasmbed/records?device=dev-1&kinds=log&follow=true&tail=10", "late", [&] {
            client->link().log(DeviceClient::now(), LogLevel::warn, "", bytes_of("late"));
            client->run_until([&] { return client->link().backlog().unacknowledged() == 0; });
        });
    EXPECT_THAT(lines, HasSubstr("early"));
    EXPECT_THAT(lines, HasSubstr(R"("level":"warn","app":"","text":"late")"));
    EXPECT_EQ(std::ranges::count(lines, '\n'), 2) << lines;
}

TEST_F(GatewayTest, a_session_goes_on_while_the_api_server_is_away_and_its_status_follows) {
    auto client = connected("dev-1");
    create_application("hello", kModule);
    ASSERT_TRUE(client->run_until([&] { return client->desired().size() == 1; }));
    server_.stop();
    proto::ReportedApp reported;
    reported.app = client->desired()[0].uid;
    reported.manifest = client->desired()[0].manifest;
    reported.state = proto::AppState::running;
    client->report({reported});
    client->link().log(DeviceClient::now(), LogLevel::info, "", bytes_of("alone"));
    ASSERT_TRUE(client->run_until([&] { return client->link().backlog().unacknowledged() == 0; }));
    EXPECT_TRUE(client->connected());
    server_.start();
    wait_for(kube::kDevices, "dev-1", [](const json::value& object) {
        const json::array* apps = json_array(object, {"status", "applications"});
        return apps != nullptr && !apps->empty() && json_string((*apps)[0], {"state"}) == "Running";
    });
    EXPECT_TRUE(client->connected());
}

TEST_F(GatewayTest, refuses_messages_out_of_place_on_the_enrollment_port) {
    testing::TlsSocket socket{device_port_, {.alpn = "wasmbed-enroll/1", .roots_pem = service_roots_}};
    ASSERT_TRUE(socket.handshake());
    // A heartbeat: [0, 8, {1: 0}].
    socket.send(Bytes{std::array<std::uint8_t, 10>{0, 0, 0, 6, 0x83, 0x00, 0x08, 0xa1, 0x01, 0x00}});
    EXPECT_TRUE(socket.wait_closed());
    testing::TlsSocket large{device_port_, {.alpn = "wasmbed-enroll/1", .roots_pem = service_roots_}};
    ASSERT_TRUE(large.handshake());
    large.send(Bytes{std::array<std::uint8_t, 4>{0, 1, 0, 0}});
    EXPECT_TRUE(large.wait_closed());
}

TEST_F(GatewayTest, a_backlog_that_was_stored_is_not_stored_again_after_a_cut) {
    auto client = connected("dev-1");
    client->link().log(DeviceClient::now(), LogLevel::info, "", bytes_of("before"));
    ASSERT_TRUE(client->run_until([&] { return client->link().backlog().unacknowledged() == 0; }));
    client->disconnect();
    client->link().log(DeviceClient::now(), LogLevel::info, "", bytes_of("while away"));
    stop_gateway();
    start_gateway();
    client->connect(device_port_);
    ASSERT_TRUE(client->run_until([&] { return client->link().backlog().unacknowledged() == 0; }));
    const std::string lines = records("device=dev-1&kinds=log");
    EXPECT_EQ(std::ranges::count(lines, '\n'), 2) << lines;
}

TEST_F(GatewayTest, a_second_session_takes_over_from_the_first) {
    auto client = connected("dev-1");
    DeviceClient twin{client->credentials()};
    twin.connect(device_port_);
    ASSERT_TRUE(twin.run_until([&] { return twin.welcomed(); }));
    EXPECT_EQ(twin.epoch(), 2U);
    client->run_until([&] { return !client->connected(); });
    EXPECT_FALSE(client->connected());
    EXPECT_EQ(condition(device("dev-1"), "Connected"), "True");
}

TEST_F(GatewayTest, a_session_ends_when_its_device_is_rejected_revoked_or_deleted) {
    auto rejected = connected("dev-1");
    patch(kube::kDevices, "dev-1", {{"spec", {{"approval", "Rejected"}}}});
    rejected->run_until([&] { return !rejected->connected(); });
    EXPECT_FALSE(rejected->connected());
    rejected->disconnect();
    rejected->connect(device_port_);
    rejected->run_until([&] { return !rejected->connected(); });
    EXPECT_FALSE(rejected->welcomed());

    auto deleted = connected("dev-2");
    ASSERT_TRUE(admin_->run(admin_->client.remove(kube::kDevices, kNamespace, "dev-2")));
    deleted->run_until([&] { return !deleted->connected(); });
    EXPECT_FALSE(deleted->connected());
}

// Whichever comes first, the device hears that it is to have no apps, and then the Device goes.
TEST_F(GatewayTest, a_device_deleted_while_its_session_opens_is_told_to_remove_its_apps) {
    create_application("hello", kModule);
    for (const std::string name : {"dev-1", "dev-2", "dev-3", "dev-4"}) {
        auto client = connected(name);
        ASSERT_TRUE(client->run_until([&] { return client->desired().size() == 1; }));
        const DeviceClient::App app = client->desired()[0];
        proto::ReportedApp reported;
        reported.app = app.uid;
        reported.manifest = app.manifest;
        reported.state = proto::AppState::running;
        client->report({reported});
        client->run_until([&] { return json_string(device(name), {"status", "apps"}) == "1/1"; });
        client->disconnect();
        client->connect(device_port_);
        ASSERT_TRUE(admin_->run(admin_->client.remove(kube::kDevices, kNamespace, name)));
        ASSERT_TRUE(client->run_until([&] { return client->epoch() == 2 && client->desired().empty(); })) << name;
        client->report({});
        client->run_until([&] { return !client->connected(); });
        EXPECT_FALSE(client->connected());
        const auto gone = admin_->run(admin_->client.get(kube::kDevices, kNamespace, name));
        EXPECT_TRUE(!gone && gone.error().not_found()) << (gone ? json::serialize(*gone) : gone.error().message);
    }
}

TEST_F(GatewayTest, another_gateways_epoch_ends_the_session_and_is_not_overwritten) {
    auto client = connected("dev-1");
    const auto taken = admin_->run(admin_->client.patch_status(
        kube::kDevices, kNamespace, "dev-1",
        {{"status", {{"session", {{"gateway", "other"}, {"epoch", 7}, {"since", rfc3339(WallClock::now())}}}}}}));
    ASSERT_TRUE(taken.has_value()) << taken.error().message;
    client->run_until([&] { return !client->connected(); });
    EXPECT_FALSE(client->connected());
    stop_gateway();
    const json::value object = device("dev-1");
    EXPECT_EQ(json_string(object, {"status", "session", "gateway"}), "other");
    EXPECT_EQ(json_find(object, {"status", "session", "until"}), nullptr);
}

TEST_F(GatewayTest, a_session_that_was_declared_dead_shows_again) {
    auto client = connected("dev-1");
    const std::string now = rfc3339(WallClock::now());
    ASSERT_TRUE(admin_->run(admin_->client.patch_status(kube::kDevices, kNamespace, "dev-1",
                                                        {{"status", {{"session", {{"until", now}}}}}})));
    wait_for(kube::kDevices, "dev-1",
             [](const json::value& object) { return json_find(object, {"status", "session", "until"}) == nullptr; });
    EXPECT_TRUE(client->connected());
}

TEST_F(GatewayTest, a_stale_gateways_write_is_refused) {
    auto client = connected("dev-1");
    const json::value before = device("dev-1");
    DeviceClient twin{client->credentials()};
    twin.connect(device_port_);
    ASSERT_TRUE(twin.run_until([&] { return twin.welcomed(); }));

    // A gateway that has not heard of the second session yet decides by what it knows.
    SessionFacts stale;
    stale.gateway = "default";
    stale.epoch = 1;
    stale.boot_id = "0909090909090909";
    stale.since = stale.ended.emplace(WallClock::now());
    stale.end_reason = "SessionClosed";
    const auto patch = session_patch(before, stale, WallClock::now());
    ASSERT_TRUE(patch);
    const auto written = admin_->run(admin_->client.patch_status(kube::kDevices, kNamespace, "dev-1", *patch));
    ASSERT_FALSE(written.has_value());
    EXPECT_TRUE(written.error().conflict()) << written.error().message;
    // And by what it hears then, it has nothing to write.
    EXPECT_FALSE(session_patch(device("dev-1"), stale, WallClock::now()));
    EXPECT_EQ(condition(device("dev-1"), "Connected"), "True");
}

TEST_F(GatewayTest, ends_sessions_that_a_killed_gateway_left_open) {
    auto client = connected("dev-1");
    client->disconnect();
    wait_for(kube::kDevices, "dev-1", [](const json::value& now) { return condition(now, "Connected") == "False"; });
    stop_gateway();
    // As a gateway leaves it that had no time to write.
    const json::value left{
        {"status",
         {{"session", {{"until", nullptr}}},
          {"conditions",
           json::array{
               {{"type", "Connected"}, {"status", "True"}, {"reason", "SessionOpen"}, {"message", "session"}}}}}}};
    ASSERT_TRUE(admin_->run(admin_->client.patch_status(kube::kDevices, kNamespace, "dev-1", left)));
    start_gateway();
    const json::value object = wait_for(kube::kDevices, "dev-1",
                                        [](const json::value& now) { return condition(now, "Connected") == "False"; });
    EXPECT_NE(json_string(object, {"status", "session", "until"}), "");
    EXPECT_EQ(json_int(object, {"status", "session", "epoch"}), 1);
}

TEST_F(GatewayTest, makes_a_device_for_hardware_that_pairs_without_a_name) {
    wait_for(kube::kGateways, "default",
             [](const json::value& object) { return condition(object, "Ready") == "True"; });
    patch(kube::kGateways, "default",
          {{"spec", {{"pairing", {{"until", rfc3339(WallClock::now() + std::chrono::hours{1})}}}}}});
    const auto key = pki::PrivateKey::generate().value();
    std::optional<testing::EnrollAnswer> answer;
    std::unique_ptr<EnrollClient> client;
    for (int attempt = 0; attempt < 100 && (!answer || answer->outcome == EnrollOutcome::refused); ++attempt) {
        client = std::make_unique<EnrollClient>(device_port_, service_roots_, key,
                                                Provisioning{.name = "", .token_id = "", .token = {}});
        answer = client->next();
    }
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->outcome, EnrollOutcome::pending) << answer->reason;
    const std::string name = "device-" + key.public_key().spki_sha256().substr(0, 10);
    EXPECT_EQ(json_string(device(name), {"spec", "publicKey"}), key.public_key().spki_sha256());
    patch(kube::kDevices, name, {{"spec", {{"approval", "Approved"}}}});
    answer = client->next();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->outcome, EnrollOutcome::issued) << answer->reason;
}

TEST_F(GatewayTest, a_stopped_gateway_says_that_its_sessions_ended) {
    auto client = connected("dev-1");
    stop_gateway();
    const json::value object = device("dev-1");
    EXPECT_EQ(condition(object, "Connected"), "False");
    EXPECT_NE(json_string(object, {"status", "session", "until"}), "");
}

TEST_F(GatewayTest, devices_are_told_all_gateways_and_the_next_one_serves_them) {
    auto client = connected("dev-1");
    const std::string first = "127.0.0.1:" + std::to_string(device_port_);
    EXPECT_THAT(client->gateways(), ::testing::ElementsAre(first));
    const std::uint16_t port = start_another_gateway("second");
    const std::string second = "127.0.0.1:" + std::to_string(port);
    client->run_until([&] { return client->gateways().size() == 2; });
    ASSERT_THAT(client->gateways(), ::testing::ElementsAre(first, second));

    client->disconnect();
    client->connect(port);
    ASSERT_TRUE(client->run_until([&] { return client->welcomed() && client->generation() != 0; }));
    EXPECT_EQ(client->epoch(), 2U);
    EXPECT_THAT(client->gateways(), ::testing::ElementsAre(second, first));
    EXPECT_EQ(json_string(device("dev-1"), {"status", "session", "gateway"}), "second");
}

TEST_F(GatewayTest, keeps_a_lease_while_it_serves_and_gives_it_up_when_it_stops) {
    const json::value lease = wait_for(kube::kLeases, "default", [](const json::value& object) {
        return !json_string(object, {"spec", "holderIdentity"}).empty();
    });
    EXPECT_EQ(json_int(lease, {"spec", "leaseDurationSeconds"}), 9);
    const std::string renewed{json_string(lease, {"spec", "renewTime"})};
    wait_for(kube::kLeases, "default",
             [&](const json::value& object) { return json_string(object, {"spec", "renewTime"}) != renewed; });
    stop_gateway();
    EXPECT_EQ(json_string(get(kube::kLeases, "default"), {"spec", "holderIdentity"}), "");
}

TEST_F(GatewayTest, a_draining_gateway_sends_its_devices_away_and_takes_no_more) {
    auto client = connected("dev-1");
    patch(kube::kGateways, "default", {{"spec", {{"drain", true}}}});
    client->run_until([&] { return !client->connected(); });
    EXPECT_FALSE(client->connected());
    wait_for(kube::kGateways, "default", [](const json::value& object) {
        return condition(object, "Ready") == "False" && json_int(object, {"status", "draining"}, -1) == 0;
    });
    client->disconnect();
    client->connect(device_port_);
    client->run_until([&] { return !client->connected(); });
    EXPECT_FALSE(client->welcomed());
    patch(kube::kGateways, "default", {{"spec", {{"drain", false}}}});
    wait_for(kube::kGateways, "default", [](const json::value& object) {
        return condition(object, "Ready") == "True" && json_find(object, {"status", "draining"}) == nullptr;
    });
}

TEST_F(GatewayTest, takes_no_more_sessions_than_its_capacity) {
    auto first = connected("dev-1");
    auto second = enrolled("dev-2");
    patch(kube::kGateways, "default", {{"spec", {{"capacity", 1}}}});
    wait_for(kube::kGateways, "default",
             [](const json::value& object) { return json_int(object, {"status", "capacity"}) == 1; });
    second->connect(device_port_);
    second->run_until([&] { return !second->connected(); });
    EXPECT_FALSE(second->welcomed());
    EXPECT_TRUE(first->connected());
}

TEST_F(GatewayTest, a_session_ends_when_its_certificate_is_revoked) {
    auto client = connected("dev-1");
    const std::string serial{json_string(device("dev-1"), {"status", "identity", "serial"})};
    const auto revoked = admin_->run(admin_->client.patch_status(
        kube::kDevices, kNamespace, "dev-1",
        {{"status", {{"revoked", json::array{{{"serial", serial}, {"revokedAt", rfc3339(WallClock::now())}}}}}}}));
    ASSERT_TRUE(revoked.has_value()) << revoked.error().message;
    client->run_until([&] { return !client->connected(); });
    EXPECT_FALSE(client->connected());
}

TEST_F(GatewayTest, records_of_a_device_deleted_while_it_was_away_go_at_its_next_start) {
    auto client = connected("dev-1");
    client->link().log(DeviceClient::now(), LogLevel::info, "", bytes_of("gone soon"));
    ASSERT_TRUE(client->run_until([&] { return client->link().backlog().unacknowledged() == 0; }));
    stop_gateway();
    ASSERT_TRUE(admin_->run(admin_->client.remove(kube::kDevices, kNamespace, "dev-1")));
    start_gateway();
    const auto deadline = std::chrono::steady_clock::now() + testing::kPatience;
    std::string lines = records("device=dev-1");
    while (!lines.empty() && std::chrono::steady_clock::now() < deadline) lines = records("device=dev-1");
    EXPECT_EQ(lines, "");
}

TEST_F(GatewayTest, its_api_wants_to_know_who_asks_and_whether_they_may) {
    kube::Kubeconfig nobody = server_.admin();
    nobody.tls.certificate_pem.clear();
    nobody.tls.key_pem.clear();
    EXPECT_EQ(api("/v1/namespaces/wasmbed/records", nobody).first, 401);
    nobody.token = "made up";
    EXPECT_EQ(api("/v1/namespaces/wasmbed/records", nobody).first, 401);
    // The service CA cannot make administrators, and a token counts before a certificate.
    EXPECT_EQ(api("/v1/namespaces/wasmbed/records", server_.role("x", "system:masters")).first, 403);
    EXPECT_EQ(api("/v1/namespaces/wasmbed/records", server_.role("x", "wasmbed:admins")).first, 403);
    kube::Kubeconfig both = server_.admin();
    both.token = "made up";
    EXPECT_EQ(api("/v1/namespaces/wasmbed/records", both).first, 401);
    EXPECT_EQ(api("/v1/namespaces/wasmbed/records", server_.user("eve", "strangers")).first, 403);
    EXPECT_EQ(api("/v1/namespaces/wasmbed/records", server_.user("vic", "wasmbed:viewers")).first, 200);
    EXPECT_EQ(api("/v1/namespaces/wasmbed/records?tail=x", server_.admin()).first, 400);
    EXPECT_EQ(api("/v1/namespaces/wasmbed/records?from=yesterday", server_.admin()).first, 400);
    EXPECT_EQ(api("/v1/namespaces/wasmbed/devices/none/state", server_.admin()).first, 404);
    EXPECT_EQ(api("/v1/elsewhere", server_.admin()).first, 404);
    EXPECT_EQ(api("/healthz", nobody).first, 200);
}

}  // namespace
}  // namespace wasmbed::gateway
