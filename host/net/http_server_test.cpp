// Server and client against each other, over real TLS on loopback.
#include "host/net/http_server.hpp"

#include <boost/asio/ip/tcp.hpp>

#include "host/base/task_group.hpp"
#include "host/net/http_client.hpp"
#include "host/net/testing/served_test.hpp"
#include "host/pki/certificate.hpp"

namespace wasmbed::net {
namespace {

struct KeyPair {
    std::string certificate;
    std::string key;
};

KeyPair issue(const pki::Authority& authority, const pki::Profile& profile) {
    auto key = pki::PrivateKey::generate().value();
    auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    return {authority.issue(key.public_key(), profile, now).value().to_pem(), key.to_pem()};
}

pki::Authority make_ca(const std::string& name) {
    return pki::Authority::create(name, std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()))
        .value();
}

/// Sends numbers for ever.
class Counter final : public StreamBody {
  public:
    explicit Counter(bool& ended) : ended_(ended) {}
    ~Counter() override { ended_ = true; }
    Task<> run(BodyWriter& writer) override {
        for (int i = 0;; ++i) {
            co_await writer.write(std::to_string(i) + "\n");
            if (i >= 2) co_await sleep_for(std::chrono::milliseconds(1));
        }
    }

  private:
    bool& ended_;
};

/// Ends after two lines, the second without newline.
class TwoLines final : public StreamBody {
  public:
    Task<> run(BodyWriter& writer) override {
        co_await writer.write("a\nb");
        co_await writer.write("c");
    }
};

/// Floods.
class Flood final : public StreamBody {
  public:
    explicit Flood(bool& ended) : ended_(ended) {}
    ~Flood() override { ended_ = true; }
    Task<> run(BodyWriter& writer) override {
        while (true) co_await writer.write(std::string(1 << 20, 'x'));
    }

  private:
    bool& ended_;
};

struct HttpTest : ServedTest {
    HttpTest() {
        ServerOptions options;
        auto server_pair = issue(server_ca, pki::apiserver_profile());
        options.tls.certificate_pem = server_pair.certificate;
        options.tls.key_pem = server_pair.key;
        options.tls.client_cas = {{"user-ca", user_ca.certificate().to_pem()},
                                  {"service-ca", service_ca.certificate().to_pem()}};
        options.write_timeout = std::chrono::seconds(1);
        options.body_bytes_max = 100'000;
        options.connections_max = 4;
        server.emplace(io, options, [this](Request request) { return handle(std::move(request)); });
        auto started = server->start();
        if (!started) throw std::runtime_error(started.error());
    }

    Task<Response> handle(Request request) {
        Response response;
        if (request.path == "/who") {
            response.body = request.peer.ca + "|" + request.peer.common_name + "|";
            for (const auto& group : request.peer.organizations) response.body += group;
            response.body += "|" + request.bearer_token().value_or("-");
        } else if (request.path == "/echo") {
            response.body = request.method + request.query.get("q") + request.body;
        } else if (request.path == "/throw") {
            throw std::runtime_error("secret detail");
        } else if (request.path == "/count") {
            response.stream = std::make_unique<Counter>(stream_ended);
        } else if (request.path == "/lines") {
            response.stream = std::make_unique<TwoLines>();
        } else if (request.path == "/flood") {
            response.stream = std::make_unique<Flood>(stream_ended);
        } else {
            response.status = 404;
        }
        co_return response;
    }

    ClientTls client_tls() { return {.ca_pem = server_ca.certificate().to_pem()}; }
    std::string url() { return "https://127.0.0.1:" + std::to_string(server->port()); }

    pki::Authority server_ca = make_ca("server ca");
    pki::Authority user_ca = make_ca("user ca");
    pki::Authority service_ca = make_ca("service ca");
    pki::Authority other_ca = make_ca("other ca");
    bool stream_ended = false;
};

Task<> check_requests(HttpTest& test) {
    HttpClient client(test.io, test.url(), test.client_tls(), "tok");
    for (int i = 0; i < 3; ++i) {
        auto answer = co_await client.request({.method = "PUT", .target = "/echo?q=%20x", .body = "body"},
                                              OpContext::within(kGenerous));
        EXPECT_TRUE(answer) << answer.error().message;
        EXPECT_EQ(answer->body, "PUT xbody");
    }
    EXPECT_EQ(test.server->connections(), 1u);  // kept alive
    auto who = co_await client.request({.target = "/who"}, OpContext::within(kGenerous));
    EXPECT_EQ(who->body, "|||tok");
    auto large = co_await client.request({.method = "POST", .target = "/echo", .body = std::string(100'001, 'x')},
                                         OpContext::within(kGenerous));
    EXPECT_EQ(large->status, 413);
    auto no_text = co_await client.request({.target = "/echo?q=%ff"}, OpContext::within(kGenerous));
    EXPECT_EQ(no_text->status, 400);
    EXPECT_EQ(no_text->body, "the path is not UTF-8\n");
    auto broken = co_await client.request({.target = "/throw"}, OpContext::within(kGenerous));
    EXPECT_EQ(broken->status, 500);
    EXPECT_EQ(broken->body.find("secret"), std::string::npos);
}

TEST_F(HttpTest, answers_requests_over_one_kept_connection) {
    run(check_requests(*this));
}

Task<> check_identity(HttpTest& test) {
    auto pair = issue(test.service_ca, pki::role_profile("controller"));
    auto tls = test.client_tls();
    tls.certificate_pem = pair.certificate;
    tls.key_pem = pair.key;
    HttpClient client(test.io, test.url(), tls);
    auto who = co_await client.request({.target = "/who"}, OpContext::within(kGenerous));
    EXPECT_TRUE(who) << who.error().message;
    EXPECT_EQ(who->body, "service-ca|system:wasmbed:controller|wasmbed:controllers|-");
}

TEST_F(HttpTest, names_the_ca_that_vouches_for_a_client) {
    run(check_identity(*this));
}

Task<> check_foreign(HttpTest& test) {
    auto pair = issue(test.other_ca, pki::user_profile("mallory", "system:masters"));
    auto tls = test.client_tls();
    tls.certificate_pem = pair.certificate;
    tls.key_pem = pair.key;
    HttpClient foreign(test.io, test.url(), tls);
    auto who = co_await foreign.request({.target = "/who"}, OpContext::within(kGenerous));
    EXPECT_FALSE(who);
    HttpClient distrusting(test.io, test.url(), {.ca_pem = test.other_ca.certificate().to_pem()});
    who = co_await distrusting.request({.target = "/who"}, OpContext::within(kGenerous));
    EXPECT_FALSE(who);
    EXPECT_EQ(who.error().kind, NetError::Kind::tls) << who.error().message;
    auto misnamed = test.client_tls();
    misnamed.server_name = "elsewhere";
    HttpClient wrong_name(test.io, test.url(), misnamed);
    who = co_await wrong_name.request({.target = "/who"}, OpContext::within(kGenerous));
    EXPECT_FALSE(who);
}

TEST_F(HttpTest, refuses_clients_of_a_foreign_ca_and_clients_refuse_foreign_servers) {
    run(check_foreign(*this));
}

Task<> check_streams(HttpTest& test) {
    HttpClient client(test.io, test.url(), test.client_tls());
    auto lines = co_await client.open_stream({.target = "/lines"}, OpContext::within(kGenerous));
    EXPECT_TRUE(lines);
    EXPECT_EQ((co_await (*lines)->next_line(kGenerous)).value(), "a");
    EXPECT_EQ((co_await (*lines)->next_line(kGenerous)).value(), "bc");
    EXPECT_EQ((co_await (*lines)->next_line(kGenerous)).value(), std::nullopt);

    auto count = co_await client.open_stream({.target = "/count"}, OpContext::within(kGenerous));
    for (int i = 0; i < 20; ++i) {
        auto line = co_await (*count)->next_line(kGenerous);
        EXPECT_EQ(line.value(), std::to_string(i));
    }
    count->reset();
    while (!test.stream_ended) co_await sleep_for(std::chrono::milliseconds(1));
}

TEST_F(HttpTest, streams_lines_and_ends_the_stream_when_the_reader_leaves) {
    run(check_streams(*this));
}

Task<> check_slow_reader(HttpTest& test) {
    HttpClient client(test.io, test.url(), test.client_tls());
    auto flood = co_await client.open_stream({.target = "/flood"}, OpContext::within(kGenerous));
    EXPECT_TRUE(flood);
    while (!test.stream_ended) co_await sleep_for(std::chrono::milliseconds(10));
}

TEST_F(HttpTest, drops_a_reader_that_does_not_read) {
    run(check_slow_reader(*this));
}

Task<> check_connection_limit(HttpTest& test) {
    HttpClient client(test.io, test.url(), test.client_tls());
    std::vector<std::unique_ptr<ResponseStream>> streams;
    for (int i = 0; i < 4; ++i) {
        auto stream = co_await client.open_stream({.target = "/count"}, OpContext::within(kGenerous));
        EXPECT_TRUE(stream) << stream.error().message;
        streams.push_back(std::move(*stream));
    }
    auto refused = co_await client.request({.target = "/who"}, OpContext::within(kGenerous));
    EXPECT_FALSE(refused);
    auto line = co_await streams.front()->next_line(kGenerous);
    EXPECT_TRUE(line && *line);  // those that are there go on
    streams.pop_back();
    while (test.server->connections() > 3) co_await sleep_for(std::chrono::milliseconds(1));
    auto who = co_await client.request({.target = "/who"}, OpContext::within(kGenerous));
    EXPECT_TRUE(who) << who.error().message;
}

TEST_F(HttpTest, refuses_connections_beyond_its_limit_and_takes_them_again_later) {
    run(check_connection_limit(*this));
}

Task<> check_stop_with_stream(HttpTest& test) {
    auto client = std::make_shared<HttpClient>(test.io, test.url(), test.client_tls());
    auto count = co_await client->open_stream({.target = "/count"}, OpContext::within(kGenerous));
    EXPECT_TRUE(count);
    co_await test.server->stop();
    EXPECT_TRUE(test.stream_ended);
    while (true) {
        auto line = co_await (*count)->next_line(kGenerous);
        if (!line || !*line) break;
    }
    auto refused = co_await client->request({.target = "/who"}, OpContext::within(kGenerous));
    EXPECT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, NetError::Kind::unreachable);
}

TEST_F(HttpTest, stop_ends_streams_and_refuses_new_connections) {
    run(check_stop_with_stream(*this));
}

Task<> check_deadline(HttpTest& test, std::uint16_t silent_port) {
    HttpClient client(test.io, "https://127.0.0.1:" + std::to_string(silent_port), test.client_tls());
    auto answer = co_await client.request({.target = "/"}, OpContext::within(std::chrono::milliseconds(50)));
    EXPECT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, NetError::Kind::timeout) << answer.error().message;
    HttpClient plain(test.io, "http://192.0.2.1:1", {});
    answer = co_await plain.request({.target = "/"}, OpContext::within(kGenerous));
    EXPECT_EQ(answer.error().kind, NetError::Kind::bad_url);
}

TEST_F(HttpTest, a_silent_server_costs_the_client_no_more_than_its_deadline) {
    boost::asio::ip::tcp::acceptor silent(io, {boost::asio::ip::make_address("127.0.0.1"), 0});
    run(check_deadline(*this, silent.local_endpoint().port()));
}

}  // namespace
}  // namespace wasmbed::net
