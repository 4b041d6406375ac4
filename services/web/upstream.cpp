#include "services/web/upstream.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "host/access/access.hpp"

namespace wasmbed::web {
namespace {

constexpr std::chrono::seconds kAnswerMax{60};
/// A watch of a quiet fleet says nothing for long; the browser opens a new one when this is over.
constexpr std::chrono::minutes kSilenceMax{60};
constexpr std::size_t kClientsMax = 256;
constexpr const char* kPassedOn[] = {"Accept", "Content-Type"};

/// Passes on what comes, part by part.
class PassOn final : public net::StreamBody {
  public:
    explicit PassOn(std::unique_ptr<net::ResponseStream> from) : from_(std::move(from)) {}

    Task<> run(net::BodyWriter& writer) override {
        for (;;) {
            auto part = co_await from_->read_some(kSilenceMax);
            // The reader must not take what broke off for the end.
            if (!part) throw boost::system::system_error(boost::asio::error::make_error_code(boost::asio::error::eof));
            if (part->empty()) co_return;
            co_await writer.write(std::move(*part));
        }
    }

  private:
    std::unique_ptr<net::ResponseStream> from_;
};

bool follows(const net::Request& request) {
    return request.method == "GET" && (request.query.flag("watch") || request.query.flag("follow"));
}

net::ClientRequest request_for(const net::Request& request, std::string target, const std::string& token) {
    net::ClientRequest out;
    out.method = request.method;
    out.target = std::move(target);
    out.body = request.body;
    for (const char* name : kPassedOn) {
        if (auto value = request.headers.get(name); !value.empty()) out.headers.add(name, std::string(value));
    }
    out.headers.add("Authorization", "Bearer " + token);
    return out;
}

net::Response no_answer(const net::NetError& error) {
    return access::status_response(502, "BadGateway", "no answer from " + error.message);
}

net::Response response_of(int status, const net::Headers& headers) {
    net::Response response;
    response.status = status;
    if (auto type = headers.get("Content-Type"); !type.empty()) response.content_type = type;
    if (auto warning = headers.get("Warning"); !warning.empty()) response.headers.add("Warning", std::string(warning));
    return response;
}

}  // namespace

Task<net::Response> Upstream::forward(const net::Request& request, std::string base_url, std::string target,
                                      std::string token) {
    auto out = request_for(request, std::move(target), token);
    const auto limit = OpContext::within(kAnswerMax);
    if (!follows(request)) {
        auto answer = co_await client(base_url).request(std::move(out), limit);
        if (!answer) co_return no_answer(answer.error());
        auto response = response_of(answer->status, answer->headers);
        response.body = std::move(answer->body);
        co_return response;
    }
    auto stream = co_await client(base_url).open_stream(std::move(out), limit);
    if (!stream) co_return no_answer(stream.error());
    auto response = response_of((*stream)->status(), (*stream)->headers());
    if (response.status / 100 == 2) {
        response.stream = std::make_unique<PassOn>(std::move(*stream));
        co_return response;
    }
    auto body = co_await (*stream)->read_all(limit.remaining());
    if (body) response.body = std::move(*body);
    co_return response;
}

Task<Result<std::string, std::string>> Upstream::get(std::string base_url, std::string target, std::string token) {
    net::ClientRequest out;
    out.target = std::move(target);
    if (!token.empty()) out.headers.add("Authorization", "Bearer " + token);
    auto answer = co_await client(base_url).request(std::move(out), OpContext::within(std::chrono::seconds(10)));
    if (!answer) co_return fail(answer.error().message);
    if (answer->status / 100 != 2) co_return fail("status " + std::to_string(answer->status));
    co_return std::move(answer->body);
}

net::HttpClient& Upstream::client(const std::string& base_url) {
    // A client that goes lets what it has under way come to its end.
    if (clients_.size() >= kClientsMax && !clients_.contains(base_url)) clients_.erase(clients_.begin());
    auto& client = clients_[base_url];
    if (!client) client = std::make_unique<net::HttpClient>(io_, base_url, net::ClientTls{.ca_pem = ca_pem_});
    return *client;
}

}  // namespace wasmbed::web
