// What the API server does by itself or when something goes wrong: expiry, bookmarks, limits, a full disk, the audit
// log.
#include <boost/asio/co_spawn.hpp>
#include <csignal>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "host/base/task_group.hpp"
#include "host/base/time.hpp"
#include "host/kube/client.hpp"
#include "host/net/http_client.hpp"
#include "host/pki/openssl_crypto.hpp"
#include "services/apiserver/object_store.hpp"
#include "services/apiserver/testing/objects.hpp"
#include "services/apiserver/testing/test_apiserver.hpp"

namespace wasmbed::apiserver {
namespace {

using namespace kube;

constexpr auto kGenerous = std::chrono::seconds(60);
constexpr char kNs[] = "wasmbed";
constexpr ResourceType kUserTokens{"access.wasmbed.io", "v1alpha1", "usertokens", "UserToken", false};

/// Files of this process cannot grow beyond a size while it lives: a full disk, as far as SQLite can tell.
class FullDisk {
  public:
    explicit FullDisk(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit limit = before_;
        limit.rlim_cur = bytes;
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FullDisk() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        ::signal(SIGXFSZ, handler_);
    }

  private:
    void (*handler_)(int);
    rlimit before_{};
};

struct SemanticsTest : testing::Test {
    TestApiserver server;
    IoContext io;
    std::optional<Client> admin;

    SemanticsTest() { admin.emplace(io, server.admin(), "test"); }

    void run(Task<> task) {
        std::exception_ptr error;
        bool done = false;
        boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr e) {
            error = e;
            done = true;
            io.stop();
        });
        io.restart();
        io.run_for(kGenerous);
        EXPECT_TRUE(done) << "timed out";
        if (error) std::rethrow_exception(error);
    }
};

Task<> bookmarks(Client& client) {
    auto other = co_await client.create(kDevices, kNs, device("a"));
    auto list = co_await client.list(kConfigMaps, kNs);
    auto from = std::string(json_string(*list, {"metadata", "resourceVersion"}));
    auto newer = co_await client.create(kDevices, kNs, device("b"));
    auto path = kConfigMaps.path(kNs) + "?watch=true&allowWatchBookmarks=true&timeoutSeconds=1&resourceVersion=" + from;
    // A watch of one event is one JSON text: the bookmark at its end, with the revision that everything has reached.
    auto event = co_await client.raw("GET", path);
    EXPECT_TRUE(event) << event.error().message;
    EXPECT_EQ(json_string(*event, {"type"}), "BOOKMARK");
    EXPECT_EQ(json_string(*event, {"object", "kind"}), "ConfigMap");
    EXPECT_EQ(json_string(*event, {"object", "metadata", "resourceVersion"}),
              json_string(*newer, {"metadata", "resourceVersion"}));
}

TEST_F(SemanticsTest, a_watch_that_ends_says_how_far_it_came) {
    run(bookmarks(*admin));
}

Task<> revocation(TestApiserver& server, IoContext& io, Client& client) {
    const std::string token = "a token of this test, taken back";
    auto made = co_await client.create(
        kUserTokens, "",
        json::object{{"metadata", {{"name", "ann"}}},
                     {"spec", {{"user", "ann"}, {"role", "viewer"}, {"sha256", pki::sha256_hex(bytes_of(token))}}}});
    EXPECT_TRUE(made) << made.error().message;
    Kubeconfig config = server.admin();
    config.tls.certificate_pem.clear();
    config.tls.key_pem.clear();
    config.token = token;
    Client ann(io, std::move(config), "ann");
    auto list = co_await ann.list(kDevices, kNs);
    EXPECT_TRUE(list) << list.error().message;
    WatchOptions from{.label_selector = {},
                      .field_selector = {},
                      .resource_version = std::string(json_string(*list, {"metadata", "resourceVersion"}))};
    auto watch = co_await ann.watch(kDevices, kNs, std::move(from));
    EXPECT_TRUE(watch) << watch.error().message;
    auto removed = co_await client.remove(kUserTokens, "", "ann");
    EXPECT_TRUE(removed) << removed.error().message;
    auto end = co_await (*watch)->next();
    EXPECT_FALSE(end);
    EXPECT_EQ(end.error().code, 401);
}

TEST_F(SemanticsTest, a_watch_ends_with_the_right_to_it) {
    run(revocation(server, io, *admin));
}

Task<> token_of(TestApiserver& server, IoContext& io, Client& client, std::string token, WallClock::time_point expires,
                int expected) {
    auto hash = pki::sha256_hex(bytes_of(token));
    json::object spec{{"user", "ann"}, {"role", "viewer"}, {"sha256", hash}, {"expires", rfc3339(expires)}};
    auto made = co_await client.create(
        kUserTokens, "", json::object{{"metadata", {{"name", "ann-" + hash.substr(0, 6)}}}, {"spec", std::move(spec)}});
    EXPECT_TRUE(made) << made.error().message;
    Kubeconfig config = server.admin();
    config.tls.certificate_pem.clear();
    config.tls.key_pem.clear();
    config.token = std::move(token);
    Client ann(io, std::move(config), "ann");
    auto list = co_await ann.list(kDevices, kNs);
    EXPECT_EQ(list ? 200 : list.error().code, expected);
    // What a viewer may not do is another matter than who somebody is.
    auto created = co_await ann.create(kDevices, kNs, device("a"));
    EXPECT_EQ(created.error().code, expected == 200 ? 403 : expected);
}

TEST_F(SemanticsTest, an_expired_token_is_401_and_a_wrong_role_403) {
    const auto now = WallClock::now();
    run(token_of(server, io, *admin, "a token of this test, still good", now + std::chrono::hours(1), 200));
    run(token_of(server, io, *admin, "a token of this test, expired", now - std::chrono::hours(1), 401));
}

Task<> change(Client& client, std::string name, std::size_t times) {
    co_await client.create(kConfigMaps, kNs, json::object{{"metadata", {{"name", name}}}});
    for (std::size_t i = 0; i < times; ++i) {
        auto patched =
            co_await client.patch(kConfigMaps, kNs, name, json::object{{"data", {{"n", std::to_string(i)}}}});
        EXPECT_TRUE(patched) << patched.error().message;
    }
}

Task<> compaction(IoContext& io, Client& client) {
    constexpr std::size_t kWriters = 32;
    auto list = co_await client.list(kConfigMaps, kNs);
    TaskGroup writers(io);
    for (std::size_t i = 0; i < kWriters; ++i) {
        writers.spawn("writer", change(client, "map-" + std::to_string(i), kHistoryMax / kWriters + 1));
    }
    co_await writers.join();
    WatchOptions from{.label_selector = {},
                      .field_selector = {},
                      .resource_version = std::string(json_string(*list, {"metadata", "resourceVersion"}))};
    auto watch = co_await client.watch(kConfigMaps, kNs, from);
    EXPECT_FALSE(watch);
    EXPECT_TRUE(watch.error().expired()) << watch.error().message;
    // Of another kind, nothing was forgotten.
    EXPECT_TRUE(co_await client.watch(kDevices, kNs, from));
}

TEST_F(SemanticsTest, a_watch_from_before_the_history_is_told_410) {
    run(compaction(io, *admin));
}

Task<> expiry(TestApiserver& server, Client& client) {
    for (auto [name, hours] : {std::pair("old", 2), {"new", 0}}) {
        json::value event = json::object{{"metadata", {{"name", name}}},
                                         {"involvedObject", {{"kind", "Device"}, {"name", "a"}, {"namespace", kNs}}},
                                         {"lastTimestamp", rfc3339(WallClock::now() - std::chrono::hours(hours))}};
        auto made = co_await client.create(kEvents, kNs, std::move(event));
        EXPECT_TRUE(made) << made.error().message;
    }
    // The sweep at the start takes what has outlived its hour.
    server.stop();
    server.start();
    while (co_await client.get(kEvents, kNs, "old")) co_await sleep_for(std::chrono::milliseconds(10));
    EXPECT_TRUE(co_await client.get(kEvents, kNs, "new"));
}

TEST_F(SemanticsTest, events_expire_after_an_hour) {
    run(expiry(server, *admin));
}

Task<> too_large(Client& client) {
    json::value object =
        json::object{{"metadata", {{"name", "big"}}}, {"data", {{"a", json::string(std::string(2'000'000, 'x'))}}}};
    auto made = co_await client.create(kConfigMaps, kNs, object);
    EXPECT_FALSE(made);
    EXPECT_EQ(made.error().code, 413);
    EXPECT_NE(made.error().message.find("the limit is"), std::string::npos) << made.error().message;
}

TEST_F(SemanticsTest, objects_have_a_largest_size) {
    run(too_large(*admin));
}

/// As deep as a request may be.
Task<> deep(TestApiserver& server, Client& client) {
    constexpr int kLevels = 60;
    json::value inner = "bottom";
    for (int level = 0; level < kLevels; ++level) inner = json::object{{"a", std::move(inner)}};
    json::value object = json::object{{"metadata", {{"name", "deep"}}}, {"nested", inner}};
    auto made = co_await client.create(kConfigMaps, kNs, std::move(object));
    EXPECT_TRUE(made) << made.error().message;
    server.stop();
    server.start();
    auto patched = co_await client.patch(kConfigMaps, kNs, "deep", json::object{{"data", {{"b", "c"}}}});
    EXPECT_TRUE(patched) << patched.error().message;
    if (patched) EXPECT_EQ(patched->at("nested"), inner);
}

TEST_F(SemanticsTest, a_deep_object_can_be_changed_and_outlives_a_restart) {
    run(deep(server, *admin));
}

Task<> create_into(Client& client, std::string name, int& refused) {
    auto made = co_await client.create(kDevices, kNs, device(name));
    if (!made && made.error().code == 500) ++refused;
}

Task<> full_disk(TestApiserver& server, IoContext& io, Client& client) {
    constexpr int kWriters = 8;
    int refused = 0;
    {
        FullDisk full(512);
        TaskGroup writers(io);
        for (int i = 0; i < kWriters; ++i) {
            writers.spawn("writer", create_into(client, "lost-" + std::to_string(i), refused));
        }
        co_await writers.join();
    }
    EXPECT_EQ(refused, kWriters);
    auto after = co_await client.create(kDevices, kNs, device("kept"));
    EXPECT_TRUE(after) << after.error().message;
    for (bool restart : {false, true}) {
        if (restart) {
            server.stop();
            server.start();
        }
        auto list = co_await client.list(kDevices, kNs);
        const auto* items = list ? json_array(*list, {"items"}) : nullptr;
        EXPECT_TRUE(items);
        if (!items) co_return;
        EXPECT_EQ(items->size(), 1u);
        EXPECT_EQ(json_string(items->front(), {"metadata", "name"}), "kept");
    }
}

TEST_F(SemanticsTest, what_the_disk_refused_never_becomes_visible) {
    run(full_disk(server, io, *admin));
}

/// Kept in an object, such bytes would make every list of its kind unreadable.
Task<> no_text(IoContext& io, Client& client, const Kubeconfig& admin) {
    net::HttpClient http(io, admin.server, admin.tls, admin.token);
    const auto send = [&http](const char* method, const std::string& target, const char* type, std::string body) {
        net::ClientRequest request{.method = method, .target = kDevices.path(kNs) + target, .body = std::move(body)};
        request.headers.add("Content-Type", type);
        request.headers.add("User-Agent", "\xff\xfetool/1");
        return http.request(std::move(request), OpContext::within(kGenerous));
    };
    auto applied =
        co_await send("PATCH", "/a?fieldManager=x", "application/apply-patch+yaml",
                      R"({"apiVersion": "wasmbed.io/v1alpha1", "kind": "Device", "spec": {"board": "sim"}})");
    EXPECT_EQ(applied->status, 201) << applied->body;
    auto patched = co_await send("PATCH", "/a", "application/merge-patch+json", R"({"spec": {"suspended": true}})");
    EXPECT_EQ(patched->status, 200) << patched->body;
    auto found = co_await client.get(kDevices, kNs, "a");
    EXPECT_TRUE(found) << found.error().message;
    if (!found) co_return;
    EXPECT_NE(json::serialize(*found).find("\"manager\":\"tool\""), std::string::npos) << json::serialize(*found);
    for (const char* target : {"/%ff", "/a?fieldManager=%ff", "/a?fieldManager=%01", "?labelSelector=%c3"}) {
        auto refused = co_await send("PATCH", target, "application/merge-patch+json", "{}");
        EXPECT_EQ(refused->status, 400) << target << refused->body;
    }
    auto list = co_await client.list(kDevices, kNs);
    EXPECT_TRUE(list) << list.error().message;
}

TEST_F(SemanticsTest, bytes_that_are_no_text_never_get_into_an_object) {
    run(no_text(io, *admin, server.admin()));
}

Task<> audited(Client& client, Client& viewer) {
    co_await client.create(kDevices, kNs, device("a"));
    co_await client.get(kDevices, kNs, "a");
    co_await viewer.remove(kDevices, kNs, "a");
    co_await client.remove(kDevices, kNs, "a");
}

TEST_F(SemanticsTest, every_write_leaves_a_line_in_the_audit_log) {
    Client viewer(io, server.user("vic", "wasmbed:viewers"), "test");
    run(audited(*admin, viewer));
    std::ifstream file(server.directory() + "/audit.log");
    std::string seen;
    for (std::string text; std::getline(file, text);) {
        auto line = parse_json(text).value();
        for (auto field : {"user", "verb", "resource", "name"}) seen += std::string(json_string(line, {field})) + " ";
        seen += std::to_string(json_int(line, {"code"})) + "\n";
    }
    EXPECT_EQ(seen,
              "admin create devices a 201\n"
              "vic delete devices a 403\n"
              "admin delete devices a 200\n");
}

}  // namespace
}  // namespace wasmbed::apiserver
