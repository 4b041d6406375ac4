// What the key-value store keeps for apps: manifests, modules, and the apps' own data.
#pragma once

#include <string_view>

#include "core/base/fixed_string.hpp"
#include "core/proto/manifest.hpp"
#include "device/runtime/store/kv_store.hpp"

namespace wasmbed::apps {

/// Keys: `a/<uid>` = run flag (1 byte) and the manifest's COSE_Sign1; `m/<hex digest>` = module; `d/<uid>/<key>` = an
/// app's own value.
class AppStore {
  public:
    using Key = FixedString<store::KvStore::kKeyBytesMax>;
    static constexpr std::size_t kRecordBytesMax = 1 + proto::kManifestBytesMax;
    /// Longest key of an app's own data; such keys are UTF-8.
    static constexpr std::size_t kDataKeyBytesMax = 64;
    /// Keys of its own per app at most, so that no app fills the index that all share.
    static constexpr std::size_t kDataKeysMax = 12;

    explicit AppStore(store::KvStore& kv) : kv_(kv) {}

    static Key app_key(std::string_view uid);
    static Key module_key(const Digest& module);
    static Key data_key(std::string_view uid, std::string_view key);

    /// The uid of the next stored app; start with cursor 0.
    bool next_app(std::size_t& cursor, FixedString<36>& uid) const;
    /// The uid of the next app that has data; start with cursor 0.
    bool next_data_owner(std::size_t& cursor, FixedString<36>& uid) const;

    /// Reads a record into `out` (kRecordBytesMax); returns its size.
    Result<std::uint32_t, store::KvError> load(std::string_view uid, MutableBytes out) const;
    Result<void, store::KvError> save(std::string_view uid, Bytes record);
    /// Removes manifest and data. Goes on after an error and returns the first.
    Result<void, store::KvError> remove(std::string_view uid);
    void remove_data(std::string_view uid);

    /// Removes every module for which `keep(context, key)` is false.
    void sweep_modules(bool (*keep)(const void* context, std::string_view key), const void* context);

    struct DataUse {
        std::uint32_t keys;
        std::uint32_t bytes;  ///< of keys and values
    };
    /// What the app's own data takes, but for the key `except`.
    DataUse data_use(std::string_view uid, std::string_view except) const;

    store::KvStore& kv() { return kv_; }

  private:
    store::KvStore& kv_;
};

}  // namespace wasmbed::apps
