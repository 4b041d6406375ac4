// Who the device is: the factory partition, its own key, and the certificate that enrollment gave it.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/proto/messages.hpp"
#include "core/proto/provision.hpp"
#include "device/hal/factory_partition.hpp"
#include "device/runtime/crypto/p256_key.hpp"
#include "device/runtime/store/kv_store.hpp"

namespace wasmbed {

enum class IdentityError : std::uint8_t {
    NotProvisioned,    ///< the factory partition is blank
    BadProvision,      ///< the factory partition is damaged
    Crypto,            ///< no key could be made: see crypto_error
    Store,             ///< the key could not be read, or it or the certificate not stored: see store_error
    ChainTooLarge,     ///< the certificate chain does not fit
    WrongCertificate,  ///< the certificate is not for our key, or not for the Device we were provisioned for
};
[[nodiscard]] const char* text_of(IdentityError error);

/// The key is made once and never leaves the device; it is stored before it is used, so that a token that was bound to
/// it stays usable whatever happens afterwards. Certificate and names are stored as one value: all of them or none.
class Identity {
  public:
    static constexpr std::size_t kRootsMax = 3;
    static constexpr std::size_t kChainMax = 3;
    /// Names, uid and certificates together.
    static constexpr std::size_t kCredentialBytesMax = 3072;

    /// `credential` has kCredentialBytesMax bytes.
    Identity(const hal::FactoryPartition& factory, store::KvStore& kv, MutableBytes credential)
        : factory_(factory), kv_(kv), credential_(credential) {}

    /// Reads the factory partition. Needed for everything else.
    [[nodiscard]] Result<void, IdentityError> read_factory();
    /// Takes the key from the store or makes it (one signature's worth of computing). Returns whether it was made.
    /// Needs PSA.
    [[nodiscard]] Result<bool, IdentityError> load_key();
    /// Takes up the stored certificate. False when there is none that is usable: then enroll.
    [[nodiscard]] bool load_credential();
    /// Stores what the gateway issued and takes it up.
    [[nodiscard]] Result<void, IdentityError> adopt(const proto::Enrolled& enrolled);

    /// As `adopt`, of a new certificate for the device that this already is. On an error the old one stays.
    [[nodiscard]] Result<void, IdentityError> adopt_renewed(const proto::List<Bytes>& chain);
    /// Whether two thirds of the certificate's time have passed at this Unix time.
    bool renewal_due(std::uint64_t unix_ms) const {
        return enrolled() && unix_ms / 1000 * 3 >= validity_.from + validity_.until * 2;
    }

    /// A stored key was damaged and had to be made anew.
    bool key_was_lost() const { return key_was_lost_; }
    bool provisioned() const { return provisioned_; }
    bool enrolled() const { return chain_count_ > 0; }

    const proto::Provision& provision() const { return provision_; }
    const crypto::P256Key& key() const { return *key_; }
    std::span<const Bytes> roots() const { return {roots_, root_count_}; }
    std::span<const Bytes> chain() const { return {chain_, chain_count_}; }
    /// "namespace/name"; from the certificate's answer, or before that from the factory; may be empty.
    std::string_view name() const { return name_; }
    std::string_view uid() const { return uid_; }
    /// The first half of `name`.
    std::string_view namespace_name() const { return name_.substr(0, name_.find('/')); }

    crypto::CryptoError crypto_error() const { return crypto_error_; }
    store::KvError store_error() const { return store_error_; }

  private:
    bool parse_credential(std::size_t size);
    Result<void, IdentityError> keep(std::string_view name, std::string_view uid, const proto::List<Bytes>& chain);

    const hal::FactoryPartition& factory_;
    store::KvStore& kv_;
    proto::Provision provision_;
    bool provisioned_ = false;
    bool key_was_lost_ = false;
    std::optional<crypto::P256Key> key_;
    Bytes roots_[kRootsMax];
    std::size_t root_count_ = 0;
    Bytes chain_[kChainMax];
    std::size_t chain_count_ = 0;
    crypto::Validity validity_;
    std::string_view name_;
    std::string_view uid_;
    crypto::CryptoError crypto_error_{};
    store::KvError store_error_{};
    MutableBytes credential_;
};

}  // namespace wasmbed
