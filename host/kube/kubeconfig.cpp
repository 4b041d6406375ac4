#include "host/kube/kubeconfig.hpp"

#include <cstdlib>
#include <filesystem>

#include "host/base/yaml.hpp"
#include "host/pki/encoding.hpp"

namespace wasmbed::kube {
namespace {

using Path = std::filesystem::path;

Result<std::string, std::string> decode_base64(std::string_view text, const std::string& what) {
    std::string clean;
    for (char c : text) {
        if (c != '\n' && c != '\r' && c != ' ') clean += c;
    }
    auto bytes = pki::from_base64(clean);
    if (!bytes) return fail(what + " is not base64");
    return std::string(bytes->begin(), bytes->end());
}

std::string encode_base64(std::string_view text) {
    return pki::to_base64(bytes_of(text));
}

/// The member `inner` of the entry called `name` in the list `list`.
Result<const json::value*, std::string> entry(const json::value& config, std::string_view list, std::string_view name,
                                              std::string_view inner) {
    const auto* entries = json_array(config, {list});
    for (std::size_t i = 0; entries && i < entries->size(); ++i) {
        const auto& candidate = (*entries)[i];
        const auto* found = json_find(candidate, {inner});
        if (json_string(candidate, {"name"}) == name && found) return found;
    }
    return fail("kubeconfig has no \"" + std::string(name) + "\" in " + std::string(list));
}

/// `<key>-data` inline, or the file that `<key>` names; empty when there is neither.
Result<std::string, std::string> data_or_file(const json::value& from, const std::string& key, const Path& directory) {
    auto inline_data = json_string(from, {key + "-data"});
    if (!inline_data.empty()) return decode_base64(inline_data, "kubeconfig's " + key + "-data");
    auto path = json_string(from, {key});
    if (path.empty()) return std::string();
    return net::read_file((directory / std::string(path)).string());
}

Result<void, std::string> read_user(const json::value& user, const Path& directory, Kubeconfig& config) {
    if (json_find(user, {"exec"}) || json_find(user, {"auth-provider"})) {
        return fail(
            std::string("kubeconfig's user gets its credentials from a plugin, which is not supported; use a "
                        "client certificate or a token"));
    }
    auto certificate = data_or_file(user, "client-certificate", directory);
    if (!certificate) return fail(certificate.error());
    auto key = data_or_file(user, "client-key", directory);
    if (!key) return fail(key.error());
    if (certificate->empty() != key->empty()) {
        return fail(std::string("kubeconfig's user must have both client-certificate and client-key, or neither"));
    }
    config.tls.certificate_pem = std::move(*certificate);
    config.tls.key_pem = std::move(*key);
    config.token = json_string(user, {"token"});
    if (auto file = json_string(user, {"tokenFile"}); config.token.empty() && !file.empty()) {
        auto token = net::read_file((directory / std::string(file)).string());
        if (!token) return fail(token.error());
        while (token->ends_with('\n')) token->pop_back();
        config.token = std::move(*token);
    }
    return {};
}

}  // namespace

Result<Kubeconfig, std::string> parse_kubeconfig(const std::string& text, const std::string& directory,
                                                 const std::string& context) {
    auto documents = parse_yaml(text);
    if (!documents) return fail(documents.error());
    if (documents->empty() || !documents->front().is_object()) return fail(std::string("kubeconfig is empty"));
    const auto& file = documents->front();
    std::string wanted = context.empty() ? std::string(json_string(file, {"current-context"})) : context;
    if (wanted.empty()) return fail(std::string("kubeconfig has no current-context"));
    auto chosen = entry(file, "contexts", wanted, "context");
    if (!chosen) return fail(chosen.error());
    auto cluster = entry(file, "clusters", json_string(**chosen, {"cluster"}), "cluster");
    if (!cluster) return fail(cluster.error());

    Kubeconfig config;
    config.server = json_string(**cluster, {"server"});
    if (config.server.empty()) return fail(std::string("kubeconfig's cluster names no server"));
    auto ca = data_or_file(**cluster, "certificate-authority", directory);
    if (!ca) return fail(ca.error());
    config.tls.ca_pem = std::move(*ca);
    config.tls.server_name = json_string(**cluster, {"tls-server-name"});
    config.tls.insecure = json_bool(**cluster, {"insecure-skip-tls-verify"});
    config.default_namespace = json_string(**chosen, {"namespace"}, "default");
    auto user_name = json_string(**chosen, {"user"});
    if (user_name.empty()) return config;
    config.user = user_name;
    auto user = entry(file, "users", user_name, "user");
    if (!user) return fail(user.error());
    if (auto read = read_user(**user, directory, config); !read) return fail(read.error());
    return config;
}

Result<Kubeconfig, std::string> load_kubeconfig(const std::string& path, const std::string& context) {
    auto text = net::read_file(path);
    if (!text) return fail(text.error());
    auto config = parse_kubeconfig(*text, Path(path).parent_path().string(), context);
    if (!config) return fail(path + ": " + config.error());
    return config;
}

std::string make_kubeconfig(const Kubeconfig& config) {
    json::object cluster{{"server", config.server}};
    if (!config.tls.ca_pem.empty()) cluster["certificate-authority-data"] = encode_base64(config.tls.ca_pem);
    if (!config.tls.server_name.empty()) cluster["tls-server-name"] = config.tls.server_name;
    if (config.tls.insecure) cluster["insecure-skip-tls-verify"] = true;
    json::object user;
    if (!config.tls.certificate_pem.empty()) {
        user["client-certificate-data"] = encode_base64(config.tls.certificate_pem);
        user["client-key-data"] = encode_base64(config.tls.key_pem);
    }
    if (!config.token.empty()) user["token"] = config.token;
    json::object context{{"cluster", "wasmbed"}, {"user", config.user}, {"namespace", config.default_namespace}};
    json::object file{{"apiVersion", "v1"},
                      {"kind", "Config"},
                      {"current-context", "wasmbed"},
                      {"clusters", json::array{json::object{{"name", "wasmbed"}, {"cluster", cluster}}}},
                      {"contexts", json::array{json::object{{"name", "wasmbed"}, {"context", context}}}},
                      {"users", json::array{json::object{{"name", config.user}, {"user", user}}}}};
    return to_yaml(file);
}

Result<Kubeconfig, std::string> in_cluster_config() {
    const char* host = std::getenv("KUBERNETES_SERVICE_HOST");
    const char* port = std::getenv("KUBERNETES_SERVICE_PORT");
    if (!host) return fail(std::string("not in a cluster: KUBERNETES_SERVICE_HOST is not set; give --kubeconfig"));
    const std::string folder = "/var/run/secrets/kubernetes.io/serviceaccount/";
    auto token = net::read_file(folder + "token");
    if (!token) return fail(token.error());
    auto ca = net::read_file(folder + "ca.crt");
    if (!ca) return fail(ca.error());
    auto ns = net::read_file(folder + "namespace");
    std::string name = std::string(host).find(':') == std::string::npos ? host : "[" + std::string(host) + "]";
    Kubeconfig config;
    config.server = "https://" + name + ":" + (port ? port : "443");
    config.tls.ca_pem = std::move(*ca);
    config.token = std::move(*token);
    if (ns && !ns->empty()) config.default_namespace = std::move(*ns);
    return config;
}

}  // namespace wasmbed::kube
