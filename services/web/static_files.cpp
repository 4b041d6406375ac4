#include "services/web/static_files.hpp"

#include <array>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdexcept>

#include "host/access/access.hpp"
#include "host/net/tls.hpp"
#include "host/pki/encoding.hpp"

namespace wasmbed::web {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kNoncePlace = "{{csp-nonce}}";
constexpr char kForever[] = "public, max-age=31536000, immutable";

struct Type {
    std::string_view extension;
    std::string_view name;
};
constexpr Type kTypes[] = {{".html", "text/html; charset=utf-8"},
                           {".js", "text/javascript; charset=utf-8"},
                           {".css", "text/css; charset=utf-8"},
                           {".json", "application/json"},
                           {".map", "application/json"},
                           {".webmanifest", "application/manifest+json"},
                           {".svg", "image/svg+xml"},
                           {".png", "image/png"},
                           {".ico", "image/x-icon"},
                           {".woff2", "font/woff2"},
                           {".wasm", "application/wasm"},
                           {".txt", "text/plain; charset=utf-8"}};

std::string type_of(const fs::path& path) {
    for (const auto& type : kTypes) {
        if (path.extension() == type.extension) return std::string(type.name);
    }
    return "application/octet-stream";
}

std::string etag_of(std::string_view content) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned int size = 0;
    EVP_Digest(content.data(), content.size(), digest.data(), &size, EVP_sha256(), nullptr);
    return "\"" + pki::to_hex(Bytes(digest.data(), 16)) + "\"";
}

std::string fresh_nonce() {
    std::array<unsigned char, 16> random;
    if (RAND_bytes(random.data(), int(random.size())) != 1) throw std::runtime_error("no random bytes");
    return pki::to_hex(Bytes(random.data(), random.size()));
}

/// Scripts from the bundle only; styles from it and from <style> elements that carry the nonce.
std::string policy(std::string_view host, const std::string& nonce) {
    const std::string socket = host.empty() ? "" : " ws://" + std::string(host) + " wss://" + std::string(host);
    return "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-" + nonce +
           "'; img-src 'self' data:; font-src 'self'; connect-src 'self'" + socket +
           "; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

}  // namespace

Result<StaticFiles, std::string> StaticFiles::load(const fs::path& folder) {
    StaticFiles files;
    files.folder_ = folder.string();
    std::error_code error;
    for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        if (!at->is_regular_file()) continue;
        auto name = "/" + fs::relative(at->path(), folder).generic_string();
        auto content = net::read_file(at->path().string());
        if (!content) return fail(content.error());
        const bool compressed = name.ends_with(".gz");
        auto& file = files.files_[compressed ? name.substr(0, name.size() - 3) : name];
        if (compressed) {
            file.gzip = std::move(*content);
        } else {
            file.type = type_of(at->path());
            file.etag = etag_of(*content);
            file.content = std::move(*content);
        }
        if (files.files_.size() > kFilesMax) return fail(folder.string() + " has more than 1000 files");
    }
    std::erase_if(files.files_, [](const auto& entry) { return entry.second.type.empty(); });
    return files;
}

net::Response StaticFiles::answer(const net::Request& request) const {
    if (request.method != "GET" && request.method != "HEAD") {
        return access::status_response(405, "MethodNotAllowed", "only GET");
    }
    auto found = files_.find(net::percent_decode(request.path));
    const auto leaf = std::string_view(request.path).substr(request.path.rfind('/') + 1);
    if (found == files_.end() && leaf.find('.') == leaf.npos) found = files_.find("/index.html");
    if (files_.empty()) {
        return net::Response::text(503, "The dashboard was not built: there is nothing in " + folder_ +
                                            ". `./dev build` makes it; the APIs work all the same.\n");
    }
    if (found == files_.end()) return access::status_response(404, "NotFound", "no such file");
    const File& file = found->second;
    if (file.type.starts_with("text/html")) return page(request, file);

    net::Response response;
    response.content_type = file.type;
    response.headers.add("ETag", file.etag);
    if (request.path.starts_with("/assets/")) response.headers.add("Cache-Control", kForever);
    if (request.headers.get("If-None-Match") == file.etag) {
        response.status = 304;
        return response;
    }
    if (!file.gzip.empty()) response.headers.add("Vary", "Accept-Encoding");
    if (!file.gzip.empty() && request.headers.get("Accept-Encoding").find("gzip") != std::string_view::npos) {
        response.headers.add("Content-Encoding", "gzip");
        response.body = file.gzip;
    } else {
        response.body = file.content;
    }
    return response;
}

/// A page is never the same twice: it carries the nonce.
net::Response StaticFiles::page(const net::Request& request, const File& file) const {
    const auto nonce = fresh_nonce();
    net::Response response;
    response.content_type = file.type;
    response.body = file.content;
    for (std::size_t at; (at = response.body.find(kNoncePlace)) != std::string::npos;) {
        response.body.replace(at, kNoncePlace.size(), nonce);
    }
    response.headers.add("Cache-Control", "no-store");
    response.headers.add("Content-Security-Policy", policy(request.headers.get("Host"), nonce));
    return response;
}

}  // namespace wasmbed::web
