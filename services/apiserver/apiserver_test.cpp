// The API server as a client sees it: real TLS, real SQLite, the client and informer of host/kube.
#include "services/apiserver/apiserver.hpp"

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include "host/base/task_group.hpp"
#include "host/kube/event_recorder.hpp"
#include "host/kube/informer.hpp"
#include "services/apiserver/testing/objects.hpp"
#include "services/apiserver/testing/test_apiserver.hpp"

namespace wasmbed::apiserver {
namespace {

using namespace kube;

constexpr auto kGenerous = std::chrono::seconds(30);
constexpr char kNs[] = "wasmbed";

struct ApiserverTest : testing::Test {
    TestApiserver server;
    IoContext io;
    TaskGroup group{io};
    std::optional<Client> admin;

    ApiserverTest() { admin.emplace(io, server.admin(), "test"); }

    /// Runs `task` to its end on the test's own event loop.
    void run(Task<> task) {
        std::exception_ptr error;
        bool done = false;
        boost::asio::co_spawn(io, and_stop(std::move(task)), [&](std::exception_ptr e) {
            error = e;
            done = true;
            io.stop();
        });
        io.restart();
        io.run_for(kGenerous);
        EXPECT_TRUE(done) << "timed out";
        if (error) std::rethrow_exception(error);
    }
    Task<> and_stop(Task<> task) {
        co_await std::move(task);
        co_await group.stop();
    }
};

Task<> crud(Client& client) {
    auto made = co_await client.create(kDevices, kNs, device("a"));
    EXPECT_TRUE(made) << made.error().message;
    EXPECT_EQ(json_int(*made, {"metadata", "generation"}), 1);
    EXPECT_EQ(json_string(*made, {"metadata", "uid"}).size(), 36u);
    EXPECT_EQ(json_string(*made, {"metadata", "namespace"}), kNs);
    auto twice = co_await client.create(kDevices, kNs, device("a"));
    EXPECT_FALSE(twice);
    EXPECT_TRUE(twice.error().already_exists());

    auto patched = co_await client.patch(kDevices, kNs, "a", parse_json(R"({"spec":{"suspended":true}})").value());
    EXPECT_TRUE(patched) << patched.error().message;
    EXPECT_EQ(json_int(*patched, {"metadata", "generation"}), 2);
    EXPECT_NE(json_string(*patched, {"metadata", "resourceVersion"}),
              json_string(*made, {"metadata", "resourceVersion"}));

    auto stale = co_await client.update(kDevices, kNs, *made);
    EXPECT_FALSE(stale);
    EXPECT_TRUE(stale.error().conflict());
    auto same = co_await client.update(kDevices, kNs, *patched);
    EXPECT_EQ(json_string(*same, {"metadata", "resourceVersion"}),
              json_string(*patched, {"metadata", "resourceVersion"}));

    auto gone = co_await client.remove(kDevices, kNs, "a");
    EXPECT_TRUE(gone);
    auto missing = co_await client.get(kDevices, kNs, "a");
    EXPECT_TRUE(missing.error().not_found());
    EXPECT_EQ(missing.error().message, "devices.wasmbed.io \"a\" not found");
}

TEST_F(ApiserverTest, creates_patches_updates_and_deletes) {
    run(crud(*admin));
}

Task<> status_apart(Client& client) {
    auto object = device("a");
    object.as_object()["status"] = json::object{{"phase", "Connected"}};
    auto made = co_await client.create(kDevices, kNs, object);
    EXPECT_FALSE(json_find(*made, {"status"}));
    auto patch = parse_json(R"({"status":{"phase":"Enrolled"},"spec":{"board":"other"}})").value();
    auto status = co_await client.patch_status(kDevices, kNs, "a", patch);
    EXPECT_TRUE(status) << status.error().message;
    EXPECT_EQ(json_string(*status, {"status", "phase"}), "Enrolled");
    EXPECT_EQ(json_string(*status, {"spec", "board"}), "mps2-an385");
    EXPECT_EQ(json_int(*status, {"metadata", "generation"}), 1);
    auto spec = co_await client.patch(
        kDevices, kNs, "a", parse_json(R"({"status":{"phase":"Pending"},"spec":{"suspended":true}})").value());
    EXPECT_EQ(json_string(*spec, {"status", "phase"}), "Enrolled");
}

TEST_F(ApiserverTest, status_and_spec_are_written_apart) {
    run(status_apart(*admin));
}

Task<> schema_errors(Client& client) {
    auto object = device("a");
    object.at("spec").as_object().erase("board");
    auto missing = co_await client.create(kDevices, kNs, object);
    EXPECT_EQ(missing.error().code, 422);
    EXPECT_NE(missing.error().message.find("spec.board: Required value"), std::string::npos) << missing.error().message;
    object = device("a");
    object.at("spec").as_object()["approval"] = "Maybe";
    auto value = co_await client.create(kDevices, kNs, object);
    EXPECT_NE(value.error().message.find("spec.approval: Unsupported value: \"Maybe\""), std::string::npos)
        << value.error().message;
    auto named = co_await client.create(kDevices, kNs, device("Bad_Name"));
    EXPECT_EQ(named.error().code, 422);
    object = device("a");
    object.at("spec").as_object()["colour"] = "red";
    auto target = kDevices.path(kNs) + "?fieldValidation=Strict";
    auto strict = co_await client.raw("POST", target, object);
    EXPECT_EQ(strict.error().code, 400);
    EXPECT_NE(strict.error().message.find("unknown field \"spec.colour\""), std::string::npos);
    auto pruned = co_await client.create(kDevices, kNs, object);
    EXPECT_TRUE(pruned);
    EXPECT_FALSE(json_find(*pruned, {"spec", "colour"}));
    auto nowhere = co_await client.create(kDevices, "nowhere", device("a"));
    EXPECT_TRUE(nowhere.error().not_found());
}

TEST_F(ApiserverTest, refuses_what_the_schema_does_not_allow_and_names_the_field) {
    run(schema_errors(*admin));
}

Task<> finalizers(Client& client) {
    auto object = device("a");
    object.at("metadata").as_object()["finalizers"] = json::array{"wasmbed.io/test"};
    co_await client.create(kDevices, kNs, object);
    auto removed = co_await client.remove(kDevices, kNs, "a");
    EXPECT_FALSE(json_string(*removed, {"metadata", "deletionTimestamp"}).empty());
    auto added = co_await client.patch(
        kDevices, kNs, "a", parse_json(R"({"metadata":{"finalizers":["wasmbed.io/test","x.io/y"]}})").value());
    EXPECT_EQ(added.error().code, 422);
    auto released =
        co_await client.patch(kDevices, kNs, "a", parse_json(R"({"metadata":{"finalizers":null}})").value());
    EXPECT_TRUE(released) << released.error().message;
    auto missing = co_await client.get(kDevices, kNs, "a");
    EXPECT_TRUE(missing.error().not_found());
}

TEST_F(ApiserverTest, finalizers_keep_an_object_until_they_are_gone) {
    run(finalizers(*admin));
}

Task<> wait_gone(Client& client, ResourceType type, std::string ns, std::string name) {
    while (true) {
        auto found = co_await client.get(type, ns, name);
        if (!found && found.error().not_found()) co_return;
        co_await sleep_for(std::chrono::milliseconds(5));
    }
}

Task<> cascade(Client& client) {
    auto owner = co_await client.create(kDevices, kNs, device("owner"));
    auto secret = parse_json(R"({"metadata":{"name":"s"},"stringData":{"k":"value"}})").value();
    json::object reference{{"apiVersion", "wasmbed.io/v1alpha1"},
                           {"kind", "Device"},
                           {"name", "owner"},
                           {"uid", owner->at("metadata").at("uid")}};
    secret.at("metadata").as_object()["ownerReferences"] = json::array{reference};
    auto made = co_await client.create(kSecrets, kNs, secret);
    EXPECT_EQ(json_string(*made, {"data", "k"}), "dmFsdWU=");
    co_await client.remove(kDevices, kNs, "owner");
    co_await wait_gone(client, kSecrets, kNs, "s");

    co_await client.create(kNamespaces, {}, parse_json(R"({"metadata":{"name":"temp"}})").value());
    co_await client.create(kDevices, "temp", device("inside"));
    auto terminating = co_await client.remove(kNamespaces, {}, "temp");
    EXPECT_EQ(json_string(*terminating, {"status", "phase"}), "Terminating");
    co_await wait_gone(client, kNamespaces, {}, "temp");
    co_await wait_gone(client, kDevices, "temp", "inside");
}

TEST_F(ApiserverTest, deletes_dependents_of_deleted_owners_and_contents_of_deleted_namespaces) {
    run(cascade(*admin));
}

Task<> informer_follows(TestApiserver& server, Client& client, TaskGroup& group) {
    co_await client.create(kDevices, kNs, device("before"));
    Informer informer(client, kDevices, "");
    std::vector<std::string> seen;
    informer.on_change([&](const ObjectKey& key, const ObjectPtr& before, const ObjectPtr& after) {
        seen.push_back((!before ? "+" : !after ? "-" : "~") + key.name);
    });
    group.spawn("informer", informer.run());
    co_await informer.wait_synced();
    EXPECT_TRUE(informer.get(kNs, "before"));
    co_await client.create(kDevices, kNs, device("after"));
    co_await client.patch(kDevices, kNs, "after", parse_json(R"({"spec":{"suspended":true}})").value());
    co_await client.remove(kDevices, kNs, "before");
    while (seen.size() < 4) co_await sleep_for(std::chrono::milliseconds(5));
    EXPECT_EQ(seen, (std::vector<std::string>{"+before", "+after", "~after", "-before"}));

    server.stop();
    server.start();
    // The server is another process now, so to speak: same data, and the informer finds its way back by itself.
    auto made = co_await client.create(kDevices, kNs, device("later"));
    EXPECT_TRUE(made) << made.error().message;
    while (seen.size() < 5) co_await sleep_for(std::chrono::milliseconds(5));
    EXPECT_EQ(seen.back(), "+later");
    EXPECT_EQ(informer.size(), 2u);
    co_await group.stop();
}

TEST_F(ApiserverTest, informers_follow_changes_and_survive_a_restart) {
    run(informer_follows(server, *admin, group));
}

Task<> pages(Client& client) {
    for (int i = 0; i < 5; ++i) co_await client.create(kDevices, kNs, device("d" + std::to_string(i)));
    auto first = co_await client.raw("GET", kDevices.path(kNs) + "?limit=2");
    auto token = std::string(json_string(*first, {"metadata", "continue"}));
    EXPECT_EQ(json_int(*first, {"metadata", "remainingItemCount"}), 3);
    co_await client.remove(kDevices, kNs, "d3");
    auto rest = co_await client.raw("GET", kDevices.path(kNs) + "?continue=" + token);
    EXPECT_EQ(json_array(*rest, {"items"})->size(), 3u);  // the list as it was when it was begun
    EXPECT_EQ(json_string(*rest, {"metadata", "resourceVersion"}),
              json_string(*first, {"metadata", "resourceVersion"}));
    auto foreign = co_await client.raw("GET", kDevices.path(kNs) + "?continue=99.1");
    EXPECT_EQ(foreign.error().code, 410);
    auto all = co_await client.list(kDevices, kNs, {.label_selector = {}, .field_selector = {}, .limit = 3});
    EXPECT_EQ(json_array(*all, {"items"})->size(), 4u);
}

TEST_F(ApiserverTest, pages_of_a_list_are_of_one_moment) {
    run(pages(*admin));
}

Task<> selectors(Client& client) {
    for (auto [name, site] : {std::pair("a", "lab"), {"b", "roof"}}) {
        auto object = device(name);
        object.at("metadata").as_object()["labels"] = json::object{{"site", site}};
        co_await client.create(kDevices, kNs, object);
    }
    auto lab = co_await client.list(kDevices, kNs, {.label_selector = "site in (lab)", .field_selector = {}});
    EXPECT_EQ(json_array(*lab, {"items"})->size(), 1u);
    auto b = co_await client.list(kDevices, "", {.label_selector = {}, .field_selector = "metadata.name=b"});
    EXPECT_EQ(json_array(*b, {"items"})->size(), 1u);
    auto bad = co_await client.list(kDevices, kNs, {.label_selector = {}, .field_selector = "spec.board=x"});
    EXPECT_EQ(bad.error().code, 400);

    // A watch with a selector sees an object come and go as its labels change.
    auto watch =
        co_await client.watch(kDevices, kNs,
                              {.label_selector = "site=lab",
                               .field_selector = {},
                               .resource_version = std::string(json_string(*lab, {"metadata", "resourceVersion"}))});
    EXPECT_TRUE(watch) << watch.error().message;
    co_await client.patch(kDevices, kNs, "b", parse_json(R"({"metadata":{"labels":{"site":"lab"}}})").value());
    co_await client.patch(kDevices, kNs, "b", parse_json(R"({"metadata":{"labels":{"site":"roof"}}})").value());
    auto came = co_await (*watch)->next();
    EXPECT_EQ((*came)->type, WatchEvent::Type::added);
    auto went = co_await (*watch)->next();
    EXPECT_EQ((*went)->type, WatchEvent::Type::deleted);
}

TEST_F(ApiserverTest, selectors_work_on_lists_and_watches) {
    run(selectors(*admin));
}

Task<> rights(TestApiserver& server, IoContext& io, Client& client) {
    Client gateway(io, server.role("system:wasmbed:gateway:g", "wasmbed:gateways"), "gateway");
    co_await client.create(kDevices, kNs, device("a"));
    auto spec = co_await gateway.patch(kDevices, kNs, "a", parse_json(R"({"spec":{"suspended":true}})").value());
    EXPECT_EQ(spec.error().code, 403);
    auto status =
        co_await gateway.patch_status(kDevices, kNs, "a", parse_json(R"({"status":{"phase":"Pending"}})").value());
    EXPECT_TRUE(status) << status.error().message;
    co_await client.create(kSecrets, kNs, parse_json(R"({"metadata":{"name":"enrollment-1"}})").value());
    co_await client.create(kSecrets, kNs, parse_json(R"({"metadata":{"name":"other"}})").value());
    EXPECT_TRUE(co_await gateway.get(kSecrets, kNs, "enrollment-1"));
    EXPECT_FALSE(co_await gateway.get(kSecrets, kNs, "other"));
    EXPECT_FALSE(co_await gateway.list(kSecrets, kNs));
    // The controller may change Devices but not make them, by an apply neither.
    Client controller(io, server.role("system:wasmbed:controller", "wasmbed:controllers"), "controller");
    const std::string devices = "/apis/wasmbed.io/v1alpha1/namespaces/wasmbed/devices/";
    auto config = parse_json(R"({"apiVersion":"wasmbed.io/v1alpha1","kind":"Device","spec":{"board":"mps2-an385"}})");
    const std::string apply_type = "application/apply-patch+yaml";
    const std::string with = "?fieldManager=c&force=true";
    EXPECT_EQ((co_await controller.raw("PATCH", devices + "new" + with, *config, apply_type)).error().code, 403);
    EXPECT_TRUE(co_await controller.raw("PATCH", devices + "a" + with, *config, apply_type));
    // The service CA cannot make administrators.
    Client forged(io, server.role("x", "system:masters"), "x");
    auto denied = co_await forged.list(kDevices, kNs);
    EXPECT_EQ(denied.error().code, 403);
    // An editor cannot change whom the roles trust.
    Client editor(io, server.user("ed", "wasmbed:editors"), "editor");
    const auto map = [](const char* name) { return json::value{{"metadata", {{"name", name}}}}; };
    const auto data = parse_json(R"({"data":{"k":"v"}})").value();
    auto forged_trust = co_await editor.create(kConfigMaps, kNs, map("wasmbed-trust"));
    EXPECT_EQ(forged_trust.error().code, 403);
    EXPECT_TRUE(co_await client.create(kConfigMaps, kNs, map("wasmbed-trust")));
    EXPECT_EQ((co_await editor.patch(kConfigMaps, kNs, "wasmbed-trust", data)).error().code, 403);
    EXPECT_EQ((co_await editor.remove(kConfigMaps, kNs, "wasmbed-trust")).error().code, 403);
    EXPECT_EQ((co_await editor.raw("DELETE", "/api/v1/namespaces/wasmbed/configmaps")).error().code, 403);
    EXPECT_TRUE(co_await editor.create(kConfigMaps, kNs, map("mine")));
    EXPECT_TRUE(co_await editor.patch(kConfigMaps, kNs, "mine", data));
    auto anonymous = server.admin();
    anonymous.tls.certificate_pem.clear();
    Client nobody(io, anonymous, "x");
    auto refused = co_await nobody.list(kDevices, kNs);
    EXPECT_EQ(refused.error().code, 401);
    json::object attributes{{"verb", "get"}, {"group", "wasmbed.io"}, {"resource", "devices"}, {"subresource", "logs"}};
    json::value review = json::object{
        {"spec", {{"user", "v"}, {"groups", json::array{"wasmbed:viewers"}}, {"resourceAttributes", attributes}}}};
    auto answer = co_await gateway.create(kSubjectAccessReviews, {}, review);
    EXPECT_TRUE(json_bool(*answer, {"status", "allowed"}));
    review.at("spec").at("resourceAttributes").as_object()["verb"] = "create";
    answer = co_await gateway.create(kSubjectAccessReviews, {}, review);
    EXPECT_FALSE(json_bool(*answer, {"status", "allowed"}, true));
}

TEST_F(ApiserverTest, roles_have_least_rights) {
    run(rights(server, io, *admin));
}

Task<> old_watch(TestApiserver& server, Client& client) {
    auto list = co_await client.list(kDevices, kNs);
    for (int i = 0; i < 3; ++i) co_await client.create(kDevices, kNs, device("d" + std::to_string(i)));
    server.stop();
    server.start();
    auto watch =
        co_await client.watch(kDevices, kNs,
                              {.label_selector = {},
                               .field_selector = {},
                               .resource_version = std::string(json_string(*list, {"metadata", "resourceVersion"}))});
    EXPECT_TRUE(watch.error().expired());
    auto kept = co_await client.list(kDevices, kNs);
    EXPECT_EQ(json_array(*kept, {"items"})->size(), 3u);
}

TEST_F(ApiserverTest, acknowledged_writes_survive_a_restart_and_old_watches_are_told_410) {
    run(old_watch(server, *admin));
}

Task<> records(Client& client) {
    auto object = co_await client.create(kDevices, kNs, device("a"));
    EventRecorder recorder(client, "tester");
    for (int i = 0; i < 3; ++i) co_await recorder.record(*object, "Normal", "Tested", "It was tested.");
    auto events = co_await client.list(
        kEvents, kNs, {.label_selector = {}, .field_selector = "involvedObject.name=a,involvedObject.kind=Device"});
    EXPECT_EQ(json_array(*events, {"items"})->size(), 1u);
    EXPECT_EQ(json_int(events->at("items").at(0), {"count"}), 3);
}

TEST_F(ApiserverTest, repeated_events_are_counted) {
    run(records(*admin));
}

}  // namespace
}  // namespace wasmbed::apiserver
