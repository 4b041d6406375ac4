#include "host/pki/certificate.hpp"

#include <algorithm>
#include <ctime>
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "host/pki/encoding.hpp"
#include "host/pki/openssl_crypto.hpp"

namespace wasmbed::pki {
namespace {

/// Bytes of a random serial number; RFC 5280 section 4.1.2.2 allows 20, public CAs must use 8 at least.
constexpr std::size_t kSerialBytes = 16;

SystemTime to_time(const ASN1_TIME* time) {
    std::tm parts{};
    ASN1_TIME_to_tm(time, &parts);
    return SystemTime(std::chrono::seconds(timegm(&parts)));
}

bool set_validity(X509* certificate, SystemTime from, SystemTime to) {
    return ASN1_TIME_set(X509_getm_notBefore(certificate), from.time_since_epoch().count()) != nullptr &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), to.time_since_epoch().count()) != nullptr;
}

bool set_serial(X509* certificate) {
    std::vector<std::uint8_t> bytes = random_bytes(kSerialBytes);
    bytes[0] = (bytes[0] & 0x7f) | 0x40;  // positive, and of the same length always
    std::unique_ptr<BIGNUM, decltype(&BN_free)> number(BN_bin2bn(bytes.data(), kSerialBytes, nullptr), &BN_free);
    return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool add_name(X509_NAME* name, const char* field, std::string_view text) {
    return text.empty() ||
           X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text.data()),
                                      static_cast<int>(text.size()), -1, 0) == 1;
}

bool add_extension(X509* certificate, X509V3_CTX* context, int nid, const char* value) {
    std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, context, nid, value), &X509_EXTENSION_free);
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool add_general_name(GENERAL_NAMES* names, int type, std::string_view text) {
    std::unique_ptr<GENERAL_NAME, decltype(&GENERAL_NAME_free)> name(GENERAL_NAME_new(), &GENERAL_NAME_free);
    if (!name) return false;
    if (type == GEN_IPADD) {
        ASN1_OCTET_STRING* address = a2i_IPADDRESS(std::string(text).c_str());
        if (address == nullptr) return false;
        GENERAL_NAME_set0_value(name.get(), GEN_IPADD, address);
    } else {
        ASN1_IA5STRING* string = ASN1_IA5STRING_new();
        if (string == nullptr || ASN1_STRING_set(string, text.data(), static_cast<int>(text.size())) != 1) {
            ASN1_IA5STRING_free(string);
            return false;
        }
        GENERAL_NAME_set0_value(name.get(), type, string);
    }
    if (sk_GENERAL_NAME_push(names, name.get()) == 0) return false;
    name.release();
    return true;
}

/// Built as structures, not as OpenSSL's configuration text: a comma in a name could add another entry there.
bool add_subject_alternative_names(X509* certificate, const Profile& profile) {
    if (profile.dns_names.empty() && profile.ip_addresses.empty() && profile.uris.empty()) return true;
    std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(GENERAL_NAMES_new(), &GENERAL_NAMES_free);
    if (!names) return false;
    auto add_all = [&](int type, const std::vector<std::string>& texts) {
        return std::ranges::all_of(texts, [&](const auto& text) { return add_general_name(names.get(), type, text); });
    };
    return add_all(GEN_DNS, profile.dns_names) && add_all(GEN_IPADD, profile.ip_addresses) &&
           add_all(GEN_URI, profile.uris) &&
           X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, 0) == 1;
}

bool add_leaf_extensions(X509* certificate, X509* issuer, const Profile& profile) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const char* usage = profile.server_auth && profile.client_auth ? "serverAuth,clientAuth"
                        : profile.server_auth                      ? "serverAuth"
                                                                   : "clientAuth";
    return add_extension(certificate, &context, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(certificate, &context, NID_key_usage, "critical,digitalSignature") &&
           add_extension(certificate, &context, NID_ext_key_usage, usage) &&
           add_extension(certificate, &context, NID_authority_key_identifier, "keyid") &&
           add_subject_alternative_names(certificate, profile);
}

bool add_authority_extensions(X509* certificate) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    return add_extension(certificate, &context, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
           add_extension(certificate, &context, NID_key_usage, "critical,keyCertSign,cRLSign") &&
           add_extension(certificate, &context, NID_subject_key_identifier, "hash");
}

}  // namespace

PkiResult<Certificate> Certificate::from_x509(X509Ptr certificate) {
    if (!certificate) return fail(openssl_error("reading a certificate"));
    EVP_PKEY* key = X509_get0_pubkey(certificate.get());
    if (key == nullptr) return fail(openssl_error("reading the key of a certificate"));
    EVP_PKEY_up_ref(key);
    if (auto checked = PublicKey::from_evp(EvpKeyPtr(key)); !checked) return fail(checked.error());
    return Certificate(std::move(certificate));
}

PkiResult<Certificate> Certificate::from_pem(std::string_view pem) {
    BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return from_x509(X509Ptr(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)));
}

PkiResult<Certificate> Certificate::from_der(Bytes der) {
    const unsigned char* cursor = der.data();
    X509Ptr certificate(d2i_X509(nullptr, &cursor, static_cast<long>(der.size())));
    if (certificate && cursor != der.data() + der.size()) {
        return fail(PkiError{"reading a certificate: bytes follow its end"});
    }
    return from_x509(std::move(certificate));
}

std::string Certificate::to_pem() const {
    BioPtr bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), certificate_.get());
    return take_text(bio.get());
}

std::vector<std::uint8_t> Certificate::to_der() const {
    unsigned char* der = nullptr;
    int length = i2d_X509(certificate_.get(), &der);
    std::vector<std::uint8_t> out(der, der + std::max(length, 0));
    OPENSSL_free(der);
    return out;
}

SystemTime Certificate::not_before() const {
    return to_time(X509_get0_notBefore(certificate_.get()));
}

SystemTime Certificate::not_after() const {
    return to_time(X509_get0_notAfter(certificate_.get()));
}

std::string Certificate::serial() const {
    const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate_.get());
    return to_hex({ASN1_STRING_get0_data(serial), static_cast<std::size_t>(ASN1_STRING_length(serial))});
}

std::string Certificate::common_name() const {
    X509_NAME* name = X509_get_subject_name(certificate_.get());
    int index = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (index < 0) return {};
    const ASN1_STRING* text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index));
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
            static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::vector<std::string> Certificate::san_uris() const {
    std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate_.get(), NID_subject_alt_name, nullptr, nullptr)),
        &GENERAL_NAMES_free);
    std::vector<std::string> out;
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != GEN_URI) continue;
        const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
        out.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                         static_cast<std::size_t>(ASN1_STRING_length(uri)));
    }
    return out;
}

PublicKey Certificate::public_key() const {
    EVP_PKEY* key = X509_get0_pubkey(certificate_.get());
    EVP_PKEY_up_ref(key);
    return PublicKey::from_evp(EvpKeyPtr(key)).value();
}

bool Certificate::is_authority() const {
    return X509_check_ca(certificate_.get()) == 1;
}

bool Certificate::signed_by(const Certificate& issuer) const {
    return X509_check_issued(issuer.x509(), certificate_.get()) == X509_V_OK &&
           X509_verify(certificate_.get(), X509_get0_pubkey(issuer.x509())) == 1;
}

PkiResult<Authority> Authority::create(std::string_view common_name, SystemTime now, std::chrono::days validity) {
    auto key = PrivateKey::generate();
    if (!key) return fail(key.error());
    X509Ptr x509(X509_new());
    if (!x509 || X509_set_version(x509.get(), X509_VERSION_3) != 1 || !set_serial(x509.get()) ||
        !set_validity(x509.get(), now - kClockSkew, now + validity) ||
        !add_name(X509_get_subject_name(x509.get()), "CN", common_name) ||
        X509_set_issuer_name(x509.get(), X509_get_subject_name(x509.get())) != 1 ||
        X509_set_pubkey(x509.get(), key->evp()) != 1 || !add_authority_extensions(x509.get()) ||
        X509_sign(x509.get(), key->evp(), EVP_sha256()) == 0) {
        return fail(openssl_error("making the CA " + std::string(common_name)));
    }
    auto certificate = Certificate::from_x509(std::move(x509));
    if (!certificate) return fail(certificate.error());
    return Authority(std::move(*certificate), std::move(*key));
}

PkiResult<Authority> Authority::from(Certificate certificate, PrivateKey key) {
    if (!certificate.is_authority()) {
        return fail(PkiError{"the certificate of " + certificate.common_name() + " is not a CA certificate"});
    }
    if (certificate.public_key().point() != key.public_key().point()) {
        return fail(PkiError{"the private key does not belong to the certificate of " + certificate.common_name()});
    }
    return Authority(std::move(certificate), std::move(key));
}

PkiResult<Certificate> Authority::issue(const PublicKey& subject, const Profile& profile, SystemTime now) const {
    X509* issuer = certificate_.x509();
    SystemTime end = std::min<SystemTime>(now + profile.validity, certificate_.not_after());
    X509Ptr x509(X509_new());
    if (!x509 || X509_set_version(x509.get(), X509_VERSION_3) != 1 || !set_serial(x509.get()) ||
        !set_validity(x509.get(), now - kClockSkew, end) ||
        !add_name(X509_get_subject_name(x509.get()), "O", profile.organization) ||
        !add_name(X509_get_subject_name(x509.get()), "CN", profile.common_name) ||
        X509_set_issuer_name(x509.get(), X509_get_subject_name(issuer)) != 1 ||
        X509_set_pubkey(x509.get(), subject.evp()) != 1 || !add_leaf_extensions(x509.get(), issuer, profile) ||
        X509_sign(x509.get(), key_.evp(), EVP_sha256()) == 0) {
        return fail(openssl_error("issuing a certificate for " + profile.common_name));
    }
    return Certificate::from_x509(std::move(x509));
}

}  // namespace wasmbed::pki
