#include "device/runtime/identity/identity.hpp"

#include <cstring>

namespace wasmbed {
namespace {

#ifdef WASMBED_RENEWAL
constexpr bool kRenews = true;
#else
constexpr bool kRenews = false;  // what reads the certificate's times is left out of the image
#endif

constexpr std::string_view kKeyName = "id/key";
constexpr std::string_view kCredentialName = "id/credential";

/// Parts of the credential: u16 little-endian length, bytes. Order: "namespace/name", uid, certificates with the leaf
/// first.
struct PartWriter {
    std::span<std::uint8_t> out;
    std::size_t size = 0;

    bool put(Bytes part) {
        if (part.size() > UINT16_MAX || out.size() - size < part.size() + 2) return false;
        out[size++] = static_cast<std::uint8_t>(part.size());
        out[size++] = static_cast<std::uint8_t>(part.size() >> 8);
        if (!part.empty()) std::memmove(out.data() + size, part.data(), part.size());  // it may be there already
        size += part.size();
        return true;
    }
};

/// Takes the next part off the front; false at the end or when it is cut.
bool take_part(Bytes& rest, Bytes& part) {
    if (rest.size() < 2) return false;
    const std::size_t size = rest[0] | rest[1] << 8;
    if (rest.size() - 2 < size) return false;
    part = rest.subspan(2, size);
    rest = rest.subspan(2 + size);
    return true;
}

void wipe(MutableBytes secret) {
    volatile std::uint8_t* bytes = secret.data();
    for (std::size_t i = 0; i < secret.size(); ++i) bytes[i] = 0;
}

}  // namespace

const char* text_of(IdentityError error) {
    switch (error) {
        case IdentityError::NotProvisioned:
            return "factory partition is blank";
        case IdentityError::BadProvision:
            return "factory partition is damaged";
        case IdentityError::Crypto:
            return "no key could be made";
        case IdentityError::Store:
            return "identity could not be read or stored";
        case IdentityError::ChainTooLarge:
            return "certificate chain is too large";
        case IdentityError::WrongCertificate:
            return "certificate of another key or device";
    }
    return "unknown error";
}

Result<void, IdentityError> Identity::read_factory() {
    const Result<proto::Provision, proto::ProvisionError> decoded = proto::decode_provision(factory_.bytes());
    if (!decoded) {
        return fail(decoded.error().kind == proto::ProvisionErrorKind::blank ? IdentityError::NotProvisioned
                                                                             : IdentityError::BadProvision);
    }
    provision_ = *decoded;
    root_count_ = 0;
    for (const Bytes root : provision_.roots) {
        if (root_count_ < kRootsMax) roots_[root_count_++] = root;
    }
    name_ = provision_.name;
    uid_ = provision_.uid;
    provisioned_ = true;
    return {};
}

Result<bool, IdentityError> Identity::load_key() {
    crypto::P256Scalar scalar;
    const Result<std::uint32_t, store::KvError> stored = kv_.get(kKeyName, scalar);
    if (stored && *stored == scalar.size()) {
        Result<crypto::P256Key, crypto::CryptoError> key = crypto::P256Key::import(scalar);
        wipe(scalar);
        if (key) {
            key_.emplace(std::move(*key));
            return false;
        }
    }
    // Only a key that is surely not there, or surely damaged, may be replaced: its certificate goes with it.
    if (!stored && stored.error() != store::KvError::NotFound && stored.error() != store::KvError::Corrupt) {
        store_error_ = stored.error();
        return fail(IdentityError::Store);
    }
    key_was_lost_ = stored.has_value() || stored.error() != store::KvError::NotFound;

    Result<crypto::P256Key, crypto::CryptoError> made = crypto::P256Key::generate();
    if (!made) {
        crypto_error_ = made.error();
        return fail(IdentityError::Crypto);
    }
    Result<crypto::P256Scalar, crypto::CryptoError> secret = made->export_scalar();
    if (!secret) {
        crypto_error_ = secret.error();
        return fail(IdentityError::Crypto);
    }
    const Result<void, store::KvError> kept = kv_.set(kKeyName, *secret);
    wipe(*secret);
    if (!kept) {
        store_error_ = kept.error();
        return fail(IdentityError::Store);
    }
    key_.emplace(std::move(*made));
    return true;
}

bool Identity::parse_credential(std::size_t size) {
    Bytes rest = credential_.first(size);
    Bytes name, uid, part;
    if (!take_part(rest, name) || !take_part(rest, uid)) return false;
    chain_count_ = 0;
    while (chain_count_ < kChainMax && take_part(rest, part)) chain_[chain_count_++] = part;
    const Result<bool, crypto::CryptoError> ours = chain_count_ == 0
                                                       ? Result<bool, crypto::CryptoError>{false}
                                                       : key_->matches(chain_[0], kRenews ? &validity_ : nullptr);
    if (!rest.empty() || !ours || !*ours) {
        chain_count_ = 0;
        return false;
    }
    name_ = wasmbed::text_of(name);
    uid_ = wasmbed::text_of(uid);
    return true;
}

bool Identity::load_credential() {
    const Result<std::uint32_t, store::KvError> stored = kv_.get(kCredentialName, credential_);
    if (!stored || *stored > credential_.size() || !parse_credential(*stored)) return false;
    // Provisioned for another Device since: what was issued for the former one does not count any more.
    if (!provision_.uid.empty() && provision_.uid != uid_) {
        chain_count_ = 0;
        name_ = provision_.name;
        uid_ = provision_.uid;
        return false;
    }
    return true;
}

Result<void, IdentityError> Identity::adopt(const proto::Enrolled& enrolled) {
    if (!provision_.uid.empty() && provision_.uid != enrolled.uid) return fail(IdentityError::WrongCertificate);
    char name[63 + 1 + 253];  // wire.cddl, enrolled
    const std::size_t name_bytes = enrolled.namespace_name.size() + 1 + enrolled.device_name.size();
    if (name_bytes > sizeof name) return fail(IdentityError::ChainTooLarge);
    std::memcpy(name, enrolled.namespace_name.data(), enrolled.namespace_name.size());
    name[enrolled.namespace_name.size()] = '/';
    std::memcpy(name + enrolled.namespace_name.size() + 1, enrolled.device_name.data(), enrolled.device_name.size());
    return keep({name, name_bytes}, enrolled.uid, enrolled.chain);
}

Result<void, IdentityError> Identity::keep(std::string_view name, std::string_view uid,
                                           const proto::List<Bytes>& chain) {
    PartWriter parts{credential_};
    bool fits = parts.put(bytes_of(name)) && parts.put(bytes_of(uid));
    for (const Bytes certificate : chain) fits = fits && parts.put(certificate);
    if (!fits) return fail(IdentityError::ChainTooLarge);
    if (!parse_credential(parts.size)) return fail(IdentityError::WrongCertificate);
    if (const Result<void, store::KvError> kept = kv_.set(kCredentialName, credential_.first(parts.size)); !kept) {
        chain_count_ = 0;
        store_error_ = kept.error();
        return fail(IdentityError::Store);
    }
    return {};
}

Result<void, IdentityError> Identity::adopt_renewed(const proto::List<Bytes>& chain) {
    const Result<void, IdentityError> kept = keep(name_, uid_, chain);
    if (!kept) (void)load_credential();
    return kept;
}

}  // namespace wasmbed
