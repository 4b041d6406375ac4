#include "host/pki/kubeconfig.hpp"

#include "host/pki/atomic_file.hpp"
#include "host/pki/encoding.hpp"

namespace wasmbed::pki {
namespace {

PkiResult<Kubeconfig> config_of(const PkiDirectory& pki, const std::string& server, const std::string& user,
                                const std::string& default_namespace) {
    auto authority = read_small_file(pki.certificate_path("service-ca"));
    if (!authority) return fail(authority.error());
    auto certificate = read_small_file(pki.certificate_path(user));
    if (!certificate) return fail(certificate.error());
    auto key = read_small_file(pki.key_path(user));
    if (!key) return fail(key.error());
    return Kubeconfig{server, user, default_namespace, *authority, *certificate, *key};
}

}  // namespace

std::string render_kubeconfig(const Kubeconfig& config) {
    std::string out = "apiVersion: v1\nkind: Config\nclusters:\n- name: wasmbed\n  cluster:\n    server: ";
    out += config.server + "\n    certificate-authority-data: " + to_base64(bytes_of(config.authority_pem)) + "\n";
    out += "users:\n- name: " + config.user +
           "\n  user:\n    client-certificate-data: " + to_base64(bytes_of(config.certificate_pem)) +
           "\n    client-key-data: " + to_base64(bytes_of(config.key_pem)) + "\n";
    out += "contexts:\n- name: wasmbed\n  context:\n    cluster: wasmbed\n    user: " + config.user +
           "\n    namespace: " + config.default_namespace + "\ncurrent-context: wasmbed\n";
    return out;
}

PkiResult<void> write_kubeconfigs(const PkiDirectory& pki, const std::string& server,
                                  const std::filesystem::path& admin_path, const std::vector<std::string>& roles,
                                  const std::string& roles_namespace) {
    auto write = [&](const std::filesystem::path& path, const std::string& user) -> PkiResult<void> {
        auto config = config_of(pki, server, user, roles_namespace);
        if (!config) return fail(config.error());
        return write_file_if_changed(path, render_kubeconfig(*config), 0600);
    };
    for (const std::string& role : roles) {
        if (auto done = write(pki.path() / (role + ".kubeconfig"), role); !done) return done;
    }
    return write(admin_path, "admin");
}

}  // namespace wasmbed::pki
