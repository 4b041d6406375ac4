#include <gtest/gtest.h>

#include "core/proto/cose.hpp"
#include "core/proto/manifest.hpp"
#include "host/pki/csr.hpp"
#include "host/pki/encoding.hpp"
#include "host/pki/openssl_crypto.hpp"
#include "services/controller/testing/server_fixture.hpp"
#include "services/controller/trust_reconciler.hpp"

namespace wasmbed::controller {
namespace {

using testing::has_condition;

/// (module (func (export "_start")))
constexpr char kModule[] = "AGFzbQEAAAABBAFgAAADAgEABwoBBl9zdGFydAAACgQBAgAL";

/// Ten, and one more when the rollout still names an older one.
constexpr std::size_t kRevisionsKeptAtMost = 11;

json::value device_object(const std::string& name) {
    return {{"apiVersion", "wasmbed.io/v1alpha1"},
            {"kind", "Device"},
            {"metadata", {{"name", name}}},
            {"spec", {{"board", "sim"}}}};
}

json::value application_object(const std::string& name, const std::string& module = kModule) {
    return {{"apiVersion", "wasmbed.io/v1alpha1"},
            {"kind", "Application"},
            {"metadata", {{"name", name}}},
            {"spec", {{"module", {{"inline", module}}}, {"target", {{"all", true}}}}}};
}

class ControllerTest : public testing::ControllerServerTest {
  protected:
    /// Writes what a gateway writes when the device asks for a certificate.
    void ask(const std::string& name, const pki::PrivateKey& key, const std::string& token_id) {
        json::object enrollment{{"csr", pki::to_base64(pki::make_csr(key, "x").value())},
                                {"publicKeySha256", key.public_key().spki_sha256()},
                                {"board", "sim"},
                                {"requestedAt", rfc3339(WallClock::now())}};
        if (!token_id.empty()) enrollment["tokenId"] = token_id;
        patch_status(kube::kDevices, name, {{"enrollment", enrollment}});
    }
    /// Writes what a gateway writes when a session starts.
    void open_session(const std::string& name) {
        json::value object = get(kube::kDevices, name);
        json::array conditions = *json_array(object, {"status", "conditions"});
        conditions.push_back({{"type", "Connected"},
                              {"status", "True"},
                              {"reason", "SessionOpen"},
                              {"message", ""},
                              {"lastTransitionTime", rfc3339(WallClock::now())}});
        json::object session{{"gateway", "default"}, {"epoch", 1}, {"since", rfc3339(WallClock::now())}};
        patch_status(kube::kDevices, name, {{"session", session}, {"conditions", conditions}});
    }
    /// A Device with certificate and session, from nothing.
    void bring_up(const std::string& name) {
        json::value device = create(kube::kDevices, device_object(name));
        std::string uid(json_string(device, {"metadata", "uid"}));
        eventually(kube::kSecrets, "enrollment-" + uid, [](const json::value& secret) { return !secret.is_null(); });
        ask(name, key_, uid);
        eventually(kube::kDevices, name,
                   [](const json::value& object) { return json_string(object, {"status", "phase"}) == "Enrolled"; });
        open_session(name);
        eventually(kube::kDevices, name,
                   [](const json::value& object) { return has_condition(object, "Ready", "True"); });
    }
    void report(const std::string& device, const json::value& application, const std::string& state) {
        json::object app{{"name", json_string(application, {"metadata", "name"})},
                         {"uid", json_string(application, {"metadata", "uid"})},
                         {"revision", json_string(application, {"status", "revision"})},
                         {"state", state}};
        patch_status(kube::kDevices, device, {{"applications", json::array{app}}});
    }

    pki::PrivateKey key_ = pki::PrivateKey::generate().value();
};

TEST_F(ControllerTest, publishes_whom_to_trust_and_repairs_it) {
    auto is_right = [&](const json::value& map) {
        return json_string(map, {"data", "service-ca.pem"}) == pki_.certificate("service-ca")->to_pem() &&
               json_string(map, {"data", "device-ca.pem"}) == pki_.certificate("device-ca")->to_pem() &&
               !json_string(map, {"data", "manifest-keys.json"}).empty();
    };
    eventually(kube::kConfigMaps, kTrustConfigMap, is_right);
    patch(kube::kConfigMaps, kTrustConfigMap, {{"data", {{"service-ca.pem", "forged"}}}});
    eventually(kube::kConfigMaps, kTrustConfigMap, is_right);
}

TEST_F(ControllerTest, enrolls_a_device_by_token_and_spends_the_token_at_its_first_session) {
    json::value device = create(kube::kDevices, device_object("d"));
    std::string uid(json_string(device, {"metadata", "uid"}));
    json::value secret =
        eventually(kube::kSecrets, "enrollment-" + uid, [](const json::value& object) { return !object.is_null(); });
    EXPECT_EQ(json_string(secret, {"type"}), "wasmbed.io/enrollment-token");
    EXPECT_EQ(json_string(secret, {"metadata", "labels", "wasmbed.io/device"}), "d");
    EXPECT_EQ(pki::from_base64(json_string(secret, {"data", "token"}))->size(), 32U);

    ask("d", key_, uid);
    device = eventually(kube::kDevices, "d", [](const json::value& object) {
        return has_condition(object, "Enrolled", "True") && json_string(object, {"status", "phase"}) == "Enrolled";
    });
    auto certificate = pki::Certificate::from_pem(json_string(device, {"status", "identity", "certificate"})).value();
    EXPECT_TRUE(certificate.signed_by(pki_.certificate("device-ca").value()));
    EXPECT_EQ(certificate.san_uris(), std::vector<std::string>{"wasmbed:device:" + uid});
    EXPECT_EQ(certificate.public_key().spki_sha256(), key_.public_key().spki_sha256());
    EXPECT_FALSE(get(kube::kSecrets, "enrollment-" + uid).is_null()) << "a power cut now must lock nobody out";

    open_session("d");
    eventually(kube::kSecrets, "enrollment-" + uid, [](const json::value& object) { return object.is_null(); });
    device = eventually(kube::kDevices, "d", [](const json::value& object) {
        return json_string(object, {"status", "phase"}) == "Connected";
    });
    EXPECT_TRUE(has_condition(device, "Ready", "True"));
    EXPECT_TRUE(has_condition(device, "Connected", "True")) << "the gateway's condition stays";
}

TEST_F(ControllerTest, waits_for_a_person_when_there_is_no_token) {
    create(kube::kDevices, device_object("d"));
    ask("d", key_, "");
    eventually(kube::kDevices, "d", [](const json::value& object) {
        return has_condition(object, "Enrolled", "False", "WaitingForApproval");
    });
    patch(kube::kDevices, "d", {{"spec", {{"approval", "Rejected"}}}});
    eventually(kube::kDevices, "d",
               [](const json::value& object) { return has_condition(object, "Enrolled", "False", "Rejected"); });
    const std::string key = key_.public_key().spki_sha256();
    patch(kube::kDevices, "d", {{"spec", {{"approval", "Approved"}, {"publicKey", key}}}});
    eventually(kube::kDevices, "d",
               [](const json::value& object) { return json_find(object, {"status", "identity"}) != nullptr; });
}

TEST_F(ControllerTest, deleted_device_takes_its_token_along) {
    json::value device = create(kube::kDevices, device_object("d"));
    std::string secret = "enrollment-" + std::string(json_string(device, {"metadata", "uid"}));
    eventually(kube::kSecrets, secret, [](const json::value& object) { return !object.is_null(); });
    ASSERT_TRUE(await(client_.remove(kube::kDevices, "wasmbed", "d")).has_value());
    eventually(kube::kSecrets, secret, [](const json::value& object) { return object.is_null(); });
}

TEST_F(ControllerTest, makes_a_signed_revision_and_follows_the_reports) {
    bring_up("d");
    create(kube::kApplications, application_object("app"));
    json::value app = eventually(kube::kApplications, "app", [](const json::value& object) {
        return has_condition(object, "Progressing", "True", "RollingOut");
    });
    EXPECT_EQ(json_int(app, {"status", "desired"}), 1);
    EXPECT_TRUE(has_condition(app, "Accepted", "True"));

    json::value revision = get(kube::kApplicationRevisions, std::string(json_string(app, {"status", "revision"})));
    auto cose = pki::from_base64(json_string(revision, {"spec", "manifest"})).value();
    EXPECT_EQ(json_string(revision, {"spec", "manifestSha256"}), pki::sha256_hex(cose));
    P256PublicKey point = pki_.manifest_key()->public_key().point();
    auto kid = pki::manifest_key_id(point);
    const proto::ManifestKey keys[] = {{kid, point}};
    pki::OpenSslCrypto crypto;
    auto payload = proto::cose_verify(cose, keys, crypto);
    ASSERT_TRUE(payload.has_value());
    auto manifest = proto::decode_manifest(*payload);
    ASSERT_TRUE(manifest.has_value());
    EXPECT_EQ(manifest->app_uid, json_string(app, {"metadata", "uid"}));
    EXPECT_EQ(manifest->module_bytes, pki::from_base64(kModule)->size());

    report("d", app, "Running");
    app = eventually(kube::kApplications, "app",
                     [](const json::value& object) { return has_condition(object, "Ready", "True"); });
    EXPECT_EQ(json_int(app, {"status", "running"}), 1);
    EXPECT_EQ(json_string(app, {"status", "phase"}), "Running");
}

TEST_F(ControllerTest, says_why_a_module_is_none) {
    create(kube::kApplications, application_object("bad", "aGVsbG8h"));
    json::value app = eventually(kube::kApplications, "bad", [](const json::value& object) {
        return has_condition(object, "Accepted", "False", "MalformedModule");
    });
    EXPECT_EQ(json_string(app, {"status", "phase"}), "Rejected");
    EXPECT_TRUE(list(kube::kApplicationRevisions).empty());
}

TEST_F(ControllerTest, deleted_application_takes_its_revisions_along) {
    create(kube::kApplications, application_object("app"));
    json::value app = eventually(kube::kApplications, "app", [](const json::value& object) {
        return !json_string(object, {"status", "revision"}).empty();
    });
    std::string revision(json_string(app, {"status", "revision"}));
    ASSERT_TRUE(await(client_.remove(kube::kApplications, "wasmbed", "app")).has_value());
    eventually(kube::kApplicationRevisions, revision, [](const json::value& object) { return object.is_null(); });
}

TEST_F(ControllerTest, restart_changes_nothing) {
    bring_up("d");
    create(kube::kApplications, application_object("app"));
    json::value app = eventually(kube::kApplications, "app", [](const json::value& object) {
        return !json_string(object, {"status", "revision"}).empty();
    });
    report("d", app, "Running");
    eventually(kube::kApplications, "app",
               [](const json::value& object) { return has_condition(object, "Ready", "True"); });
    EXPECT_EQ(controller_->stop(), 0);
    json::value device_before = get(kube::kDevices, "d");
    json::value app_before = get(kube::kApplications, "app");
    start_controller();
    // A new Device passes through every queue behind what was there before.
    create(kube::kDevices, device_object("other"));
    eventually(kube::kApplications, "app",
               [](const json::value& object) { return json_int(object, {"status", "desired"}) == 2; });
    EXPECT_EQ(get(kube::kDevices, "d"), device_before);
    EXPECT_EQ(list(kube::kApplicationRevisions).size(), 1U);
    EXPECT_EQ(json_string(get(kube::kApplications, "app"), {"status", "revision"}),
              json_string(app_before, {"status", "revision"}));
}

TEST_F(ControllerTest, many_quick_changes_end_at_the_last_one) {
    create(kube::kApplications, application_object("app"));
    for (int i = 0; i < 60; ++i) {
        patch(kube::kApplications, "app", {{"spec", {{"config", {{"args", json::array{std::to_string(i)}}}}}}});
    }
    json::value app = eventually(kube::kApplications, "app", [](const json::value& object) {
        return json_int(object, {"status", "observedGeneration"}) == json_int(object, {"metadata", "generation"});
    });
    json::value revision = get(kube::kApplicationRevisions, std::string(json_string(app, {"status", "revision"})));
    auto cose = pki::from_base64(json_string(revision, {"spec", "manifest"})).value();
    EXPECT_NE(text_of(cose).find("\x62"
                                 "59"),
              std::string_view::npos)
        << "the last argument, as CBOR text";
    auto deadline = SteadyClock::now() + std::chrono::seconds(30);
    while (list(kube::kApplicationRevisions).size() > kRevisionsKeptAtMost && SteadyClock::now() < deadline) {
    }
    EXPECT_LE(list(kube::kApplicationRevisions).size(), kRevisionsKeptAtMost);
}

TEST_F(ControllerTest, heals_after_the_api_server_was_away) {
    eventually(kube::kConfigMaps, kTrustConfigMap, [](const json::value& object) { return !object.is_null(); });
    server_.stop();
    server_.start();
    create(kube::kApplications, application_object("app"));
    eventually(kube::kApplications, "app",
               [](const json::value& object) { return !json_string(object, {"status", "revision"}).empty(); });
}

TEST_F(ControllerTest, device_is_deleted_once_it_said_that_its_apps_are_gone) {
    bring_up("d");
    create(kube::kApplications, application_object("app"));
    json::value app = eventually(kube::kApplications, "app", [](const json::value& object) {
        return !json_string(object, {"status", "revision"}).empty();
    });
    report("d", app, "Running");
    ASSERT_TRUE(await(client_.remove(kube::kDevices, "wasmbed", "d")).has_value());
    eventually(kube::kDevices, "d",
               [](const json::value& object) { return has_condition(object, "Ready", "False", "Decommissioning"); });
    patch_status(kube::kDevices, "d", {{"applications", json::array()}});
    eventually(kube::kDevices, "d", [](const json::value& object) { return object.is_null(); });
}

TEST_F(ControllerTest, application_is_deleted_once_its_devices_said_that_it_is_gone) {
    bring_up("d");
    create(kube::kApplications, application_object("app"));
    json::value app = eventually(kube::kApplications, "app", [](const json::value& object) {
        return !json_string(object, {"status", "revision"}).empty();
    });
    report("d", app, "Running");
    ASSERT_TRUE(await(client_.remove(kube::kApplications, "wasmbed", "app")).has_value());
    eventually(kube::kApplications, "app",
               [](const json::value& object) { return json_string(object, {"status", "phase"}) == "Terminating"; });
    patch_status(kube::kDevices, "d", {{"applications", json::array()}});
    eventually(kube::kApplications, "app", [](const json::value& object) { return object.is_null(); });
}

TEST_F(ControllerTest, revoked_certificate_is_gone_and_a_new_token_is_there) {
    bring_up("d");
    json::value device = get(kube::kDevices, "d");
    std::string serial(json_string(device, {"status", "identity", "serial"}));
    patch(kube::kDevices, "d", {{"metadata", {{"annotations", {{"wasmbed.io/revoke-certificate", serial}}}}}});
    device = eventually(kube::kDevices, "d",
                        [](const json::value& object) { return json_find(object, {"status", "identity"}) == nullptr; });
    EXPECT_EQ(json_string(device.at_pointer("/status/revoked/0"), {"serial"}), serial);
    EXPECT_EQ(json_find(device, {"status", "enrollment"}), nullptr);
    std::string token = "enrollment-" + std::string(json_string(device, {"metadata", "uid"}));
    eventually(kube::kSecrets, token, [](const json::value& object) { return !object.is_null(); });
}

TEST_F(ControllerTest, of_two_only_one_acts_and_the_other_takes_over_when_it_ends) {
    eventually(kube::kConfigMaps, kTrustConfigMap, [](const json::value& object) { return !object.is_null(); });
    ControllerOptions other = options_;
    other.identity = "second";
    testing::RunningController second(other);
    std::string first(json_string(get(kube::kLeases, "wasmbed-controller"), {"spec", "holderIdentity"}));
    ASSERT_FALSE(first.empty());
    create(kube::kApplications, application_object("app"));
    eventually(kube::kApplications, "app",
               [](const json::value& object) { return !json_string(object, {"status", "revision"}).empty(); });
    EXPECT_EQ(json_string(get(kube::kLeases, "wasmbed-controller"), {"spec", "holderIdentity"}), first);
    EXPECT_EQ(list(kube::kApplicationRevisions).size(), 1U);
    EXPECT_EQ(controller_->stop(), 0);
    eventually(kube::kLeases, "wasmbed-controller",
               [](const json::value& object) { return json_string(object, {"spec", "holderIdentity"}) == "second"; });
    create(kube::kApplications, application_object("later"));
    eventually(kube::kApplications, "later",
               [](const json::value& object) { return !json_string(object, {"status", "revision"}).empty(); });
    EXPECT_EQ(second.stop(), 0);
}

TEST_F(ControllerTest, silent_gateway_is_not_ready_and_its_sessions_end) {
    create(kube::kGateways, json::object{{"apiVersion", "wasmbed.io/v1alpha1"},
                                         {"kind", "Gateway"},
                                         {"metadata", {{"name", "default"}}},
                                         {"spec", {{"endpoints", json::array{"127.0.0.1:8443"}}}}});
    bring_up("d");
    create(
        kube::kLeases,
        json::object{
            {"apiVersion", "coordination.k8s.io/v1"},
            {"kind", "Lease"},
            {"metadata", {{"name", "default"}}},
            {"spec",
             {{"holderIdentity", "gone"}, {"leaseDurationSeconds", 1}, {"renewTime", "2026-11-21T09:00:00.000000Z"}}}});
    eventually(kube::kGateways, "default",
               [](const json::value& object) { return has_condition(object, "Ready", "False", "LeaseExpired"); });
    eventually(kube::kDevices, "d",
               [](const json::value& object) { return has_condition(object, "Connected", "Unknown", "GatewayLost"); });
}

TEST(Controller, says_which_key_is_missing) {
    IoContext io;
    StopSignal stop(io);
    ControllerOptions options{"/nonexistent/kubeconfig", "wasmbed", "/nonexistent/pki"};
    auto status = boost::asio::co_spawn(io, controller_main(io, stop, options), boost::asio::use_future);
    io.run();
    EXPECT_EQ(status.get(), 1);
}

}  // namespace
}  // namespace wasmbed::controller
