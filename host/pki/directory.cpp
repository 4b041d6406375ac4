#include "host/pki/directory.hpp"

#include <sys/stat.h>
#include <system_error>

#include "host/pki/atomic_file.hpp"

namespace wasmbed::pki {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kKeyMode = 0600;
constexpr mode_t kCertificateMode = 0644;
/// Remaining validity below which a certificate is made anew at start.
constexpr std::chrono::days kRenewBefore{30};

struct AuthorityName {
    const char* file;
    const char* common_name;
};
constexpr AuthorityName kAuthorities[] = {
    {"device-ca", "wasmbed device CA"}, {"service-ca", "wasmbed service CA"}, {"user-ca", "wasmbed user CA"}};
constexpr char kManifestKey[] = "manifest-signing";

fs::path file(const fs::path& dir, std::string_view name, const char* suffix) {
    return dir / (std::string(name) + suffix);
}

PkiError within(const fs::path& path, PkiError error) {
    return {path.string() + ": " + error.message};
}

PkiResult<void> make_folder(const fs::path& dir) {
    std::error_code code;
    fs::create_directories(dir.parent_path(), code);
    if (::mkdir(dir.c_str(), 0700) != 0 && !fs::is_directory(dir, code)) {
        return fail(PkiError{"creating the folder " + dir.string() + ": " + std::generic_category().message(errno)});
    }
    return {};
}

PkiResult<void> write_pair(const fs::path& dir, std::string_view name, const PrivateKey& key, const std::string& pem,
                           const char* suffix) {
    if (auto done = write_file_atomic(file(dir, name, ".key"), key.to_pem(), kKeyMode); !done) return done;
    return write_file_atomic(file(dir, name, suffix), pem, kCertificateMode);
}

/// The roots: everything that can never be made again without locking somebody out.
PkiResult<void> write_roots(const fs::path& dir, SystemTime now) {
    for (const AuthorityName& name : kAuthorities) {
        auto authority = Authority::create(name.common_name, now);
        if (!authority) return fail(authority.error());
        auto done = write_pair(dir, name.file, authority->key(), authority->certificate().to_pem(), ".crt");
        if (!done) return done;
    }
    auto key = PrivateKey::generate();
    if (!key) return fail(key.error());
    return write_pair(dir, kManifestKey, *key, key->public_key().to_pem(), ".pub");
}

PkiResult<void> create_roots(const fs::path& dir, SystemTime now) {
    fs::path fresh = dir;
    fresh += ".new";
    std::error_code code;
    fs::remove_all(fresh, code);  // an interrupted first start: nobody has used it yet
    if (auto done = make_folder(fresh); !done) return done;
    if (auto done = write_roots(fresh, now); !done) return done;
    fs::rename(fresh, dir, code);
    if (code) return fail(PkiError{"renaming " + fresh.string() + " to " + dir.string() + ": " + code.message()});
    return sync_folder(dir.parent_path());
}

PkiError missing(const fs::path& path) {
    return {path.string() +
            " is missing while others of the PKI are there. Restore it from a backup; or, to start anew with every "
            "device enrolling again, delete the whole folder."};
}

PkiResult<void> check_roots(const PkiDirectory& pki) {
    std::error_code code;
    for (const AuthorityName& name : kAuthorities) {
        for (const fs::path& path : {pki.certificate_path(name.file), pki.key_path(name.file)}) {
            if (!fs::exists(path, code)) return fail(missing(path));
        }
        if (auto authority = pki.authority(name.file); !authority) return fail(authority.error());
    }
    fs::path public_path = file(pki.path(), kManifestKey, ".pub");
    for (const fs::path& path : {public_path, pki.key_path(kManifestKey)}) {
        if (!fs::exists(path, code)) return fail(missing(path));
    }
    auto key = pki.manifest_key();
    if (!key) return fail(key.error());
    auto public_pem = read_small_file(public_path);
    if (!public_pem) return fail(public_pem.error());
    if (*public_pem != key->public_key().to_pem()) {
        return fail(PkiError{public_path.string() + " does not belong to " + pki.key_path(kManifestKey).string() +
                             ". Restore both from the same backup."});
    }
    return {};
}

/// Whether the pair is there, belongs together, comes from `issuer`, says what it should, and is not about to expire.
bool is_current(const PkiDirectory& pki, std::string_view name, const PrivateKey& key, const Authority& issuer,
                const Profile& profile, SystemTime now) {
    auto certificate = pki.certificate(name);
    return certificate && certificate->public_key().point() == key.public_key().point() &&
           certificate->signed_by(issuer.certificate()) && certificate->common_name() == profile.common_name &&
           certificate->san_uris() == profile.uris && certificate->not_after() - now > kRenewBefore;
}

/// Makes the pair `name`, or only its certificate when the key is there. A certificate without its key is a half-made
/// state of unknown origin.
PkiResult<void> ensure_pair(const PkiDirectory& pki, std::string_view name, std::string_view authority_name,
                            const Profile& profile, SystemTime now) {
    std::error_code code;
    if (!fs::exists(pki.key_path(name), code)) {
        if (fs::exists(pki.certificate_path(name), code)) {
            return fail(PkiError{pki.certificate_path(name).string() + " has no " + pki.key_path(name).string() +
                                 " beside it. Restore the key, or delete the certificate to have a new pair made."});
        }
        auto fresh = PrivateKey::generate();
        if (!fresh) return fail(fresh.error());
        if (auto done = write_file_atomic(pki.key_path(name), fresh->to_pem(), kKeyMode); !done) return done;
    }
    auto key = pki.key(name);
    if (!key) return fail(key.error());
    auto issuer = pki.authority(authority_name);
    if (!issuer) return fail(issuer.error());
    if (is_current(pki, name, *key, *issuer, profile, now)) return {};
    auto certificate = issuer->issue(key->public_key(), profile, now);
    if (!certificate) return fail(certificate.error());
    return write_file_atomic(pki.certificate_path(name), certificate->to_pem(), kCertificateMode);
}

PkiResult<void> ensure_pairs(const PkiDirectory& pki, const DirectoryOptions& options, SystemTime now) {
    if (auto done = ensure_pair(pki, "apiserver", "service-ca", apiserver_profile(), now); !done) return done;
    for (const std::string& name : options.gateways) {
        auto done =
            ensure_pair(pki, "gateway-" + name, "service-ca", gateway_profile(options.roles_namespace, name), now);
        if (!done) return done;
    }
    for (const std::string& role : options.roles) {
        if (auto done = ensure_pair(pki, role, "service-ca", role_profile(role), now); !done) return done;
    }
    return ensure_pair(pki, "admin", "user-ca", user_profile("admin", "system:masters"), now);
}

}  // namespace

PkiResult<PkiDirectory> PkiDirectory::open_or_create(const fs::path& dir, const DirectoryOptions& options,
                                                     SystemTime now) {
    // Without its last slash, so that "<dir>.new" stands beside it.
    fs::path clean = fs::absolute(dir).lexically_normal();
    if (!clean.has_filename()) clean = clean.parent_path();
    std::error_code code;
    if (!fs::exists(clean, code) || fs::is_empty(clean, code)) {
        if (auto done = create_roots(clean, now); !done) return fail(done.error());
    }
    PkiDirectory pki(clean);
    if (auto done = check_roots(pki); !done) return fail(done.error());
    if (auto done = ensure_pairs(pki, options, now); !done) return fail(done.error());
    return pki;
}

PkiResult<PkiDirectory> PkiDirectory::open(const fs::path& dir) {
    PkiDirectory pki(fs::absolute(dir).lexically_normal());
    if (auto done = check_roots(pki); !done) return fail(done.error());
    return pki;
}

fs::path PkiDirectory::certificate_path(std::string_view name) const {
    return file(dir_, name, ".crt");
}

fs::path PkiDirectory::key_path(std::string_view name) const {
    return file(dir_, name, ".key");
}

PkiResult<Certificate> PkiDirectory::certificate(std::string_view name) const {
    auto pem = read_small_file(certificate_path(name));
    if (!pem) return fail(pem.error());
    auto certificate = Certificate::from_pem(*pem);
    if (!certificate) return fail(within(certificate_path(name), certificate.error()));
    return certificate;
}

PkiResult<PrivateKey> PkiDirectory::key(std::string_view name) const {
    auto pem = read_small_file(key_path(name));
    if (!pem) return fail(pem.error());
    auto key = PrivateKey::from_pem(*pem);
    if (!key) return fail(within(key_path(name), key.error()));
    return key;
}

PkiResult<Authority> PkiDirectory::authority(std::string_view name) const {
    auto certificate_read = certificate(name);
    if (!certificate_read) return fail(certificate_read.error());
    auto key_read = key(name);
    if (!key_read) return fail(key_read.error());
    auto authority = Authority::from(std::move(*certificate_read), std::move(*key_read));
    if (!authority) return fail(within(certificate_path(name), authority.error()));
    return authority;
}

}  // namespace wasmbed::pki
