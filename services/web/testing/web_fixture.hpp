// A real API server and the web role against it, for tests.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <optional>

#include "host/cli/user_commands.hpp"
#include "host/net/http_client.hpp"
#include "services/apiserver/testing/test_apiserver.hpp"
#include "services/web/web.hpp"

namespace wasmbed::web {

inline constexpr auto kGenerous = std::chrono::seconds(30);

/// One browser: remembers its cookie, and sends what the page would send.
struct Browser {
    Browser(IoContext& io, std::uint16_t port)
        : origin("http://127.0.0.1:" + std::to_string(port)), http(io, origin, {}) {}

    Task<net::ClientResponse> send(std::string method, std::string target, std::string body = {}) {
        net::ClientRequest request{.method = method, .target = target, .body = body};
        request.headers.add("Cookie", cookie);
        request.headers.add("Content-Type", method == "PATCH" ? "application/merge-patch+json" : "application/json");
        if (method != "GET") request.headers.add("X-Wasmbed", "1");
        auto answer = co_await http.request(std::move(request), OpContext::within(kGenerous));
        if (!answer) throw std::runtime_error(answer.error().message);
        const std::string set(answer->headers.get("Set-Cookie"));
        if (!set.empty()) cookie = set.substr(0, set.find(';'));
        co_return std::move(*answer);
    }

    std::string origin;
    net::HttpClient http;
    std::string cookie;
};

/// Runs a test's coroutine on the event loop that the web role is on.
class WebFixture : public testing::Test {
  protected:
    WebFixture() {
        options.kubeconfig = (folder() / "web.kubeconfig").string();
        options.address = "127.0.0.1:0";
        options.files_dir = (folder() / "dashboard").string();
        options.apps_dir = (folder() / "apps").string();
        options.audit_file = (folder() / "terminal-audit.log").string();
        options.version = "0.0.1";
        auto config = apiserver.role("system:wasmbed:web", "wasmbed:webs");
        std::ofstream(options.kubeconfig) << kube::make_kubeconfig(config);
        std::filesystem::create_directories(folder() / "dashboard/assets");
        std::ofstream(folder() / "dashboard/index.html") << "<!doctype html><p>{{csp-nonce}}";
        std::ofstream(folder() / "dashboard/assets/a.js") << "plain";
        std::ofstream(folder() / "dashboard/assets/a.js.gz") << "squeezed";
    }

    std::filesystem::path folder() { return apiserver.directory(); }

    /// Runs `test` with the role started, and stops both.
    void run(Task<> (*test)(WebFixture&)) {
        std::exception_ptr error;
        bool finished = false;
        boost::asio::co_spawn(io, around(test, finished), [&](std::exception_ptr e) {
            error = e;
            io.stop();
        });
        io.run_for(kGenerous * 2);
        if (error) std::rethrow_exception(error);
        EXPECT_TRUE(finished);
    }

  private:
    Task<> around(Task<> (*test)(WebFixture&), bool& finished) {
        auto started = co_await Web::start(io, options);
        if (!started) throw std::runtime_error(started.error());
        web = std::move(*started);
        co_await test(*this);
        co_await web->stop();
        finished = true;
    }

  public:
    /// A token of a new user with that role.
    Task<std::string> token(std::string user, std::string role) {
        std::ostringstream out;
        cli::Context context(io, apiserver.admin(), "", out, out);
        auto made = co_await cli::make_token(context, user, role, std::nullopt);
        if (!made) throw std::runtime_error(made.error().message);
        co_return made->token;
    }

    Task<Browser> log_in(std::string role) {
        Browser browser(io, web->port());
        auto secret = co_await token("a-" + role, role);
        auto answer = co_await browser.send("POST", "/session", json::serialize(json::object{{"token", secret}}));
        if (answer.status != 200) throw std::runtime_error(answer.body);
        co_return browser;
    }

    apiserver::TestApiserver apiserver;
    IoContext io;
    WebOptions options;
    std::unique_ptr<Web> web;
};

}  // namespace wasmbed::web
