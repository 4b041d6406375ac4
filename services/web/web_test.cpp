// The web role against a real API server, as a browser uses it.
#include "services/web/web.hpp"

#include <gmock/gmock.h>

#include "host/pki/certificate.hpp"
#include "services/web/testing/web_fixture.hpp"

namespace wasmbed::web {
namespace {

using testing::HasSubstr;

constexpr char kDevices[] = "/apis/wasmbed.io/v1alpha1/namespaces/wasmbed/devices";

std::string device(const std::string& name) {
    return R"({"apiVersion":"wasmbed.io/v1alpha1","kind":"Device","metadata":{"name":")" + name +
           R"("},"spec":{"board":"sim"}})";
}

struct WebTest : WebFixture {};

Task<> check_login(WebFixture& test) {
    auto editor = co_await test.log_in("editor");
    auto answer = co_await editor.send("GET", "/session");
    auto session = parse_json(answer.body).value();
    EXPECT_EQ(json_string(session, {"user"}), "a-editor");
    EXPECT_EQ(json_string(session, {"role"}), "editor");
    EXPECT_EQ(json_string(session, {"namespace"}), "wasmbed");
    EXPECT_EQ(json_array(session, {"can", "devices"})->size(), 7u);
    EXPECT_EQ(json_array(session, {"can", "secrets"})->size(), 0u);
    EXPECT_THAT(answer.body, testing::Not(HasSubstr("wasmbed-")));  // the token
    EXPECT_EQ((co_await editor.send("DELETE", "/session")).status, 204);
    EXPECT_EQ((co_await editor.send("GET", "/session")).status, 401);
    EXPECT_EQ((co_await editor.send("GET", kDevices)).status, 401);
}
TEST_F(WebTest, turns_a_token_into_a_session_until_the_user_logs_out) {
    run(check_login);
}

Task<> check_wrong_tokens(WebFixture& test) {
    Browser browser(test.io, test.web->port());
    EXPECT_EQ((co_await browser.send("POST", "/session", R"({"token":"wasmbed-none"})")).status, 401);
    EXPECT_EQ((co_await browser.send("POST", "/session", "not json")).status, 400);
    EXPECT_EQ((co_await browser.send("POST", "/session", R"({"token":7})")).status, 400);
    EXPECT_TRUE(browser.cookie.empty());
    browser.cookie = "wasmbed-" + std::to_string(test.web->port()) + "=guess";
    EXPECT_EQ((co_await browser.send("GET", kDevices)).status, 401);
}
TEST_F(WebTest, refuses_wrong_tokens_and_guessed_cookies) {
    run(check_wrong_tokens);
}

Task<> check_link(WebFixture& test) {
    auto token = co_await test.token("maria", "admin");
    Browser browser(test.io, test.web->port());
    net::ClientRequest wish{.method = "POST", .target = "/login-codes"};
    wish.headers.add("Authorization", "Bearer " + token);
    auto made = co_await browser.http.request(std::move(wish), OpContext::within(kGenerous));
    std::string path(json_string(parse_json(made->body).value(), {"path"}));
    auto first = co_await browser.send("GET", path);
    EXPECT_EQ(first.status, 303);
    EXPECT_THAT(std::string(first.headers.get("Set-Cookie")), HasSubstr("; HttpOnly; SameSite=Strict"));
    EXPECT_EQ((co_await browser.send("GET", "/session")).status, 200);
    EXPECT_EQ((co_await browser.send("GET", path)).status, 401);
    EXPECT_EQ((co_await browser.send("POST", "/login-codes")).status, 401);
}
TEST_F(WebTest, a_login_link_is_good_once) {
    run(check_link);
}

Task<> check_rights(WebFixture& test) {
    auto editor = co_await test.log_in("editor");
    auto viewer = co_await test.log_in("viewer");
    EXPECT_EQ((co_await editor.send("POST", kDevices, device("board-1"))).status, 201);
    auto list = co_await viewer.send("GET", kDevices);
    EXPECT_EQ(list.status, 200);
    EXPECT_THAT(list.body, HasSubstr("board-1"));
    auto refused = co_await viewer.send("DELETE", std::string(kDevices) + "/board-1");
    EXPECT_EQ(refused.status, 403);
    EXPECT_THAT(refused.body, HasSubstr("a-viewer"));
    EXPECT_EQ((co_await editor.send("DELETE", std::string(kDevices) + "/board-1")).status, 200);
}
TEST_F(WebTest, passes_requests_on_with_the_users_own_rights) {
    run(check_rights);
}

Task<> check_watch(WebFixture& test) {
    auto editor = co_await test.log_in("editor");
    net::ClientRequest wish{.target = std::string(kDevices) + "?watch=1"};
    wish.headers.add("Cookie", editor.cookie);
    auto stream = co_await editor.http.open_stream(std::move(wish), OpContext::within(kGenerous));
    EXPECT_TRUE(stream && (*stream)->status() == 200);
    co_await editor.send("POST", kDevices, device("board-1"));
    auto line = co_await (*stream)->next_line(kGenerous);
    EXPECT_TRUE(line && *line);
    EXPECT_THAT(**line, HasSubstr("\"ADDED\""));
}
TEST_F(WebTest, passes_a_watch_on_as_it_happens) {
    run(check_watch);
}

Task<> check_unknown_destinations(WebFixture& test) {
    auto viewer = co_await test.log_in("viewer");
    auto answer = co_await viewer.send("GET", "/gateways/wasmbed/none/metrics");
    EXPECT_EQ(answer.status, 404);
    EXPECT_THAT(answer.body, HasSubstr("wasmbed/none"));
    answer = co_await viewer.send("GET", "/emulator/v1/namespaces/wasmbed/devices/none/leds");
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ((co_await viewer.send("GET", "/emulator")).status, 404);
    EXPECT_EQ((co_await viewer.send("GET", "/gateways/wasmbed")).status, 404);
    test.apiserver.stop();
    answer = co_await viewer.send("GET", kDevices);
    EXPECT_EQ(answer.status, 502);
    EXPECT_THAT(answer.body, HasSubstr(test.apiserver.url()));
    test.apiserver.start();
    EXPECT_EQ((co_await viewer.send("GET", kDevices)).status, 200);
}
TEST_F(WebTest, says_which_role_does_not_answer) {
    run(check_unknown_destinations);
}

Task<> check_revoked(WebFixture& test) {
    auto viewer = co_await test.log_in("viewer");
    std::ostringstream out;
    cli::Context context(test.io, test.apiserver.admin(), "", out, out);
    co_await cli::revoke_user(context, "a-viewer");
    EXPECT_EQ((co_await viewer.send("GET", kDevices)).status, 401);
    test.apiserver.stop();  // who is not logged in is refused without asking it
    EXPECT_EQ((co_await viewer.send("GET", "/session")).status, 401);
}
TEST_F(WebTest, a_session_ends_with_its_token) {
    run(check_revoked);
}

Task<> check_files(WebFixture& test) {
    Browser browser(test.io, test.web->port());
    auto page = co_await browser.send("GET", "/devices/wasmbed/board-1");
    EXPECT_EQ(page.status, 200);
    const std::string policy(page.headers.get("Content-Security-Policy"));
    EXPECT_THAT(policy, HasSubstr("script-src 'self';"));
    EXPECT_THAT(policy, HasSubstr("'nonce-" + page.body.substr(page.body.find("<p>") + 3) + "'"));
    EXPECT_NE(page.body, (co_await browser.send("GET", "/")).body);
    auto script = co_await browser.send("GET", "/assets/a.js");
    EXPECT_EQ(script.body, "plain");
    EXPECT_THAT(std::string(script.headers.get("Cache-Control")), HasSubstr("immutable"));
    net::ClientRequest wish{.target = "/assets/a.js"};
    wish.headers.add("Accept-Encoding", "gzip, br");
    auto squeezed = co_await browser.http.request(std::move(wish), OpContext::within(kGenerous));
    EXPECT_EQ(squeezed->body, "squeezed");
    EXPECT_EQ(squeezed->headers.get("Content-Encoding"), "gzip");
    for (const char* path : {"/assets/none.js", "/%2e%2e/web.kubeconfig", "/../web.kubeconfig"}) {
        EXPECT_EQ((co_await browser.send("GET", path)).status, 404) << path;
    }
}
TEST_F(WebTest, serves_the_bundle_and_nothing_else) {
    run(check_files);
}

Task<> check_terminal(WebFixture& test) {
    auto viewer = co_await test.log_in("viewer");
    auto answer = co_await viewer.send("POST", "/terminal", R"({"line":"get namespaces","namespace":"wasmbed"})");
    EXPECT_THAT(answer.body, HasSubstr("Active"));
    answer = co_await viewer.send("POST", "/terminal", R"({"line":"delete device board-1","namespace":"wasmbed"})");
    EXPECT_EQ(json_int(parse_json(answer.body).value(), {"exitStatus"}), 1);
    EXPECT_THAT(answer.body, HasSubstr("a-viewer"));  // whose right is missing
    EXPECT_EQ((co_await viewer.send("POST", "/terminal", R"({"command":"x"})")).status, 400);
    answer = co_await viewer.send("GET", "/terminal/complete?line=get%20name");
    EXPECT_THAT(answer.body, HasSubstr("namespaces"));
    auto record = net::read_file(test.options.audit_file).value();
    EXPECT_THAT(record, HasSubstr(R"("user":"a-viewer")"));
    EXPECT_THAT(record, HasSubstr(R"("line":"delete device board-1")"));
}
TEST_F(WebTest, the_terminal_runs_as_the_user_and_is_on_record) {
    run(check_terminal);
}

Task<bool> knows(Browser& browser, const char* metric) {
    auto names = co_await browser.send("GET", "/metrics/names");
    co_return names.body.find(metric) != std::string::npos;
}

Task<> check_metrics(WebFixture& test) {
    auto viewer = co_await test.log_in("viewer");
    for (bool found = false; !found; found = co_await knows(viewer, "wasmbed_apiserver_requests_total")) {
        co_await sleep_for(std::chrono::milliseconds(50));
    }
    auto answer = co_await viewer.send("GET", "/metrics/series?name=wasmbed_apiserver_*&from=-100&points=5");
    auto series = parse_json(answer.body).value();
    EXPECT_EQ(json_int(series, {"step"}), 30);
    EXPECT_EQ(json_array(series, {"series"})->size(), 4u);  // by status class
    for (const char* query : {"", "?name=a&from=yesterday", "?name=a&points=0", "?name=a&from=-10&to=-100"}) {
        auto refused = co_await viewer.send("GET", std::string("/metrics/series") + query);
        EXPECT_EQ(refused.status, 400) << query;
    }
}
TEST_F(WebTest, keeps_what_the_roles_measure) {
    run(check_metrics);
}

Task<> check_system(WebFixture& test) {
    auto viewer = co_await test.log_in("viewer");
    auto answer = co_await viewer.send("GET", "/system");
    auto system = parse_json(answer.body).value();
    EXPECT_EQ(json_string(system, {"version"}), "0.0.1");
    const auto& roles = *json_array(system, {"roles"});
    EXPECT_EQ(json_string(roles[0], {"role"}), "apiserver");
    EXPECT_TRUE(json_bool(roles[0], {"healthy"}));
    EXPECT_TRUE(json_find(roles[1], {"healthy"})->is_null());  // nobody said where the controller is
    const auto& templates = *json_array(system, {"templates"});
    EXPECT_EQ(templates.size(), 1u);
    EXPECT_EQ(json_string(templates[0], {"title"}), "One");
    EXPECT_EQ(json_string(templates[0], {"module"}), "AGFzbQ==");
}
TEST_F(WebTest, tells_what_there_is_of_the_platform) {
    std::filesystem::create_directories(options.apps_dir);
    const auto write = [this](const char* name, std::string_view text) {
        std::ofstream(std::filesystem::path(options.apps_dir) / name) << text;
    };
    write("one.wasm", std::string_view("\0asm", 4));
    write("one.json", R"({"title": "One"})");
    write("two.wasm", "without a description");
    write("three.wasm", "x");
    write("three.json", "not JSON");
    run(check_system);
}

Task<> check_https(WebFixture& test) {
    const std::string url = "https://127.0.0.1:" + std::to_string(test.web->port());
    net::HttpClient https(test.io, url, {.ca_pem = *net::read_file(test.options.certificate_file)});
    auto page = co_await https.request({.target = "/"}, OpContext::within(kGenerous));
    EXPECT_TRUE(page && page->status == 200);
    auto secret = co_await test.token("a-viewer", "viewer");
    net::ClientRequest login{.method = "POST", .target = "/session"};
    login.body = json::serialize(json::object{{"token", secret}});
    login.headers.add("X-Wasmbed", "1");
    login.headers.add("Origin", url);
    auto answer = co_await https.request(std::move(login), OpContext::within(kGenerous));
    EXPECT_TRUE(answer && answer->status == 200);
    EXPECT_THAT(std::string(answer->headers.get("Set-Cookie")), HasSubstr("; Secure"));

    net::HttpClient plain(test.io, "http://127.0.0.1:" + std::to_string(test.web->port()), {});
    auto refused = co_await plain.request({.target = "/"}, OpContext::within(kGenerous));
    EXPECT_FALSE(refused);
}
TEST_F(WebTest, serves_https_with_a_certificate_and_marks_the_cookie_secure) {
    auto key = pki::PrivateKey::generate();
    auto authority = pki::Authority::create("test", std::chrono::floor<std::chrono::seconds>(WallClock::now()));
    auto server = authority->issue(key->public_key(), pki::apiserver_profile(),
                                   std::chrono::floor<std::chrono::seconds>(WallClock::now()));
    options.certificate_file = (folder() / "web.crt").string();
    options.key_file = (folder() / "web.key").string();
    std::ofstream(options.certificate_file) << server->to_pem() << authority->certificate().to_pem();
    std::ofstream(options.key_file) << key->to_pem();
    run(check_https);
}

TEST_F(WebTest, refuses_to_listen_in_the_clear_beyond_loopback) {
    options.address = "0.0.0.0:0";
    EXPECT_THROW(run(check_files), std::runtime_error);
}

}  // namespace
}  // namespace wasmbed::web
