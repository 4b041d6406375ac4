// The highest sequence of each app whose manifest was taken: what keeps an old manifest from coming back.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/crypto.hpp"
#include "core/base/result.hpp"
#include "device/runtime/store/kv_store.hpp"

namespace wasmbed::apps {

/// One record of the key-value store, read when it is asked for. A floor outlives its app: whoever removes the app
/// first brings no older revision back either.
class SequenceFloors {
  public:
    /// Apps remembered. Beyond, the one raised longest ago is forgotten: to push an app out, as many others have to be
    /// installed, each by a manifest of its own.
    static constexpr std::size_t kFloorsMax = 64;

    SequenceFloors(store::KvStore& kv, Crypto& crypto) : kv_(kv), crypto_(crypto) {}

    /// The lowest sequence that may be taken; 0 for an app that is not known. Device when the store cannot be read.
    Result<std::uint64_t, store::KvError> floor_of(std::string_view uid) const;
    /// Remembers `sequence` unless a higher one is known. Not undone by a rollback.
    Result<void, store::KvError> raise(std::string_view uid, std::uint64_t sequence);

  private:
    struct Floor {
        std::uint64_t app;  ///< first bytes of SHA-256 of the uid
        std::uint64_t sequence;
    };
    /// The one raised last stands first.
    struct Floors {
        Floor items[kFloorsMax];
        std::size_t count = 0;
    };
    Result<void, store::KvError> read(Floors& floors) const;
    std::uint64_t hash_of(std::string_view uid) const;

    store::KvStore& kv_;
    Crypto& crypto_;
};

}  // namespace wasmbed::apps
