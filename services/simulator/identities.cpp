#include "services/simulator/identities.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/pki/certificate.hpp"
#include "host/pki/encoding.hpp"

namespace wasmbed::simulator {
namespace {

/// The object that `read` (a PEM_read_bio_*) finds in hex of PEM, or null.
template <class F>
auto parse(const std::string& hex, F read) -> decltype(read(nullptr, nullptr, nullptr, nullptr)) {
    const auto pem = pki::from_hex(hex);
    if (!pem) return nullptr;
    BIO* text = BIO_new_mem_buf(pem->data(), int(pem->size()));
    auto* object = read(text, nullptr, nullptr, nullptr);
    BIO_free(text);
    return object;
}

std::string because(const std::string& path) {
    return path + ": " + std::strerror(errno);
}

}  // namespace

std::string identity_line(const std::string& uid, const std::string& certificate_pem, const std::string& key_pem) {
    const auto certificate = pki::Certificate::from_pem(certificate_pem);
    const auto key = pki::PrivateKey::from_pem(key_pem);
    const std::string serial = certificate ? certificate->serial() : "-";
    const std::string spki = key ? key->public_key().spki_sha256() : "-";
    return uid + " " + serial + " " + spki + " " + pki::to_hex(bytes_of(certificate_pem)) + " " +
           pki::to_hex(bytes_of(key_pem)) + "\n";
}

Result<std::vector<Identity>, std::string> read_identities(const std::string& path, std::size_t count) {
    std::vector<Identity> identities;
    std::ifstream lines(path);
    if (!lines) {
        if (::access(path.c_str(), F_OK) != 0) return identities;
        return fail("cannot read " + because(path));
    }
    std::string uid, serial, spki, certificate, key;
    while (identities.size() < count && lines >> uid >> serial >> spki >> certificate >> key) {
        Identity identity{.uid = uid,
                          .certificate = pki::X509Ptr{parse(certificate, PEM_read_bio_X509)},
                          .key = pki::EvpKeyPtr{parse(key, PEM_read_bio_PrivateKey)}};
        if (!identity.certificate || !identity.key) {
            return fail(path + ": line " + std::to_string(identities.size() + 1) +
                        " is damaged; remove the file, and the devices enroll anew under other names");
        }
        identities.push_back(std::move(identity));
    }
    return identities;
}

Result<void, std::string> append_identities(const std::string& path, const std::vector<std::string>& lines) {
    const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) return fail("cannot write " + because(path));
    std::string text;
    for (const std::string& line : lines) text += line;
    const bool written = ::write(file, text.data(), text.size()) == ssize_t(text.size());
    const std::string error = written ? "" : "cannot write " + because(path);
    ::close(file);
    if (!written) return fail(error);
    return {};
}

}  // namespace wasmbed::simulator
