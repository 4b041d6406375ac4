#include "bench/gateway/identities.hpp"

#include <chrono>
#include <fstream>
#include <iostream>
#include <openssl/pem.h>
#include <sstream>
#include <stdexcept>

#include "host/pki/certificate.hpp"
#include "host/pki/encoding.hpp"

namespace wasmbed::bench {
namespace {

std::string read_file(const std::string& path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error("cannot read " + path);
    std::stringstream content;
    content << file.rdbuf();
    return content.str();
}

template <class T>
T must(pki::PkiResult<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
}

/// The object that `read` (a PEM_read_bio_*) finds in hex of PEM.
template <class F>
auto parse(const std::string& hex, F read) {
    const auto pem = pki::from_hex(hex);
    if (!pem) throw std::runtime_error("the file of identities is damaged");
    BIO* text = BIO_new_mem_buf(pem->data(), int(pem->size()));
    auto* object = read(text, nullptr, nullptr, nullptr);
    BIO_free(text);
    if (object == nullptr) throw std::runtime_error("the file of identities is damaged");
    return object;
}

}  // namespace

void issue_identities(const std::string& pki_folder) {
    const pki::Authority authority =
        must(pki::Authority::from(must(pki::Certificate::from_pem(read_file(pki_folder + "/device-ca.crt"))),
                                  must(pki::PrivateKey::from_pem(read_file(pki_folder + "/device-ca.key")))));
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    std::string uid;
    while (std::getline(std::cin, uid)) {
        const pki::PrivateKey key = must(pki::PrivateKey::generate());
        const pki::PublicKey subject = key.public_key();
        const pki::Certificate certificate = must(authority.issue(subject, pki::device_profile(uid), now));
        std::cout << uid << ' ' << certificate.serial() << ' ' << subject.spki_sha256() << ' '
                  << pki::to_hex(bytes_of(certificate.to_pem())) << ' ' << pki::to_hex(bytes_of(key.to_pem())) << '\n';
    }
}

std::vector<Identity> load_identities(const std::string& file, std::size_t count) {
    std::ifstream lines(file);
    std::vector<Identity> identities;
    std::string uid, serial, spki, certificate, key;
    while (identities.size() < count && lines >> uid >> serial >> spki >> certificate >> key) {
        identities.push_back({uid, {parse(certificate, PEM_read_bio_X509), parse(key, PEM_read_bio_PrivateKey)}});
    }
    if (identities.size() < count) throw std::runtime_error(file + " has fewer identities than asked for");
    return identities;
}

}  // namespace wasmbed::bench
