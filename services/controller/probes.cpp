#include "services/controller/probes.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace wasmbed::controller {
namespace {

Result<std::string, std::string> read_file(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    if (!file) return fail("cannot read " + path.string());
    return text.str();
}

net::Response plain(int status, std::string body) {
    net::Response response;
    response.status = status;
    response.content_type = "text/plain; charset=utf-8";
    response.body = std::move(body);
    return response;
}

}  // namespace

Result<void, std::string> Probes::start(const std::string& address, const std::string& pki_dir) {
    if (address.empty()) return {};
    auto colon = address.rfind(':');
    net::ServerOptions options;
    const char* end = address.data() + address.size();
    auto parsed = std::from_chars(colon == std::string::npos ? end : address.data() + colon + 1, end, options.port);
    if (parsed.ec != std::errc() || parsed.ptr != end) return fail(address + " is not ADDRESS:PORT");
    options.address = address.substr(0, colon);
    auto certificate = read_file(std::filesystem::path(pki_dir) / "controller.crt");
    if (!certificate) return fail(certificate.error());
    auto key = read_file(std::filesystem::path(pki_dir) / "controller.key");
    if (!key) return fail(key.error());
    options.tls.certificate_pem = std::move(*certificate);
    options.tls.key_pem = std::move(*key);
    server_ = std::make_unique<net::HttpServer>(io_, std::move(options),
                                                [this](net::Request request) { return answer(std::move(request)); });
    return server_->start();
}

Task<> Probes::stop() {
    if (server_) co_await server_->stop();
}

Task<net::Response> Probes::answer(net::Request request) {
    if (request.method != "GET") co_return plain(405, "only GET\n");
    if (request.path == "/healthz") co_return plain(200, "ok");
    if (request.path == "/readyz") {
        bool ready = sources_.ready();
        co_return plain(ready ? 200 : 503, ready ? "ok" : "the caches are not filled yet\n");
    }
    if (request.path == "/metrics") {
        net::Response response = plain(200, sources_.metrics());
        response.content_type = "text/plain; version=0.0.4; charset=utf-8";
        co_return response;
    }
    co_return plain(404, "there are /metrics, /healthz and /readyz\n");
}

}  // namespace wasmbed::controller
