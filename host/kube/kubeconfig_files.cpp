#include "host/kube/kubeconfig_files.hpp"

#include "host/pki/atomic_file.hpp"

namespace wasmbed::kube {
namespace {

pki::PkiResult<Kubeconfig> config_of(const pki::PkiDirectory& pki, const std::string& user) {
    auto authority = pki::read_small_file(pki.certificate_path("service-ca"));
    if (!authority) return fail(authority.error());
    auto certificate = pki::read_small_file(pki.certificate_path(user));
    if (!certificate) return fail(certificate.error());
    auto key = pki::read_small_file(pki.key_path(user));
    if (!key) return fail(key.error());
    Kubeconfig config;
    config.user = user;
    config.tls.ca_pem = std::move(*authority);
    config.tls.certificate_pem = std::move(*certificate);
    config.tls.key_pem = std::move(*key);
    return config;
}

}  // namespace

Result<void, std::string> write_kubeconfigs(const pki::PkiDirectory& pki, const std::string& server,
                                            const std::filesystem::path& admin_path,
                                            const std::vector<std::string>& roles, const std::string& roles_namespace) {
    auto write = [&](const std::filesystem::path& path, const std::string& user) -> Result<void, std::string> {
        auto config = config_of(pki, user);
        if (!config) return fail(config.error().message);
        config->server = server;
        config->default_namespace = roles_namespace;
        auto written = pki::write_file_if_changed(path, make_kubeconfig(*config), 0600);
        if (!written) return fail(written.error().message);
        return {};
    };
    for (const std::string& role : roles) {
        if (auto done = write(pki.path() / (role + ".kubeconfig"), role); !done) return done;
    }
    return write(admin_path, "admin");
}

}  // namespace wasmbed::kube
